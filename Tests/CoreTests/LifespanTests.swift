// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization
import Testing

private enum Steps: LifespanStateKey {
    static let defaultValue: [String] = []
}

private struct Failure: Error, CustomStringConvertible {
    let description: String
}

/// What happened, in order.
private final class Diary: Sendable {
    private let lines = Mutex<[String]>([])
    var entries: [String] { lines.withLock { $0 } }

    func write(_ line: String) {
        lines.withLock { $0.append(line) }
    }
}

private struct Hooked: Plugin {
    let name: String
    let diary: Diary
    var failsAtStart = false
    var failsAtStop = false

    func contribute(to contributions: inout Contributions) {
        contributions.add(
            LifespanHook { state in
                if failsAtStart { throw Failure(description: "no disk") }
                state[Steps.self].append(name)
                diary.write("start \(name)")
            } shutdown: { state in
                diary.write("stop \(name) \(state[Steps.self].joined())")
                if failsAtStop { throw Failure(description: "stuck") }
            }, to: .lifespan)
    }
}

@Suite("Lifespan", .timeLimit(.minutes(1)))
struct LifespanTests {
    @Test("Hooks start in order, pass the state along and stop in the opposite order")
    func hooks() async throws {
        let diary = Diary()
        var initial = LifespanState()
        initial[Steps.self] = ["0"]
        let registry = try PluginRegistry([Hooked(name: "a", diary: diary), Hooked(name: "b", diary: diary)])
        let runner = try await LifespanRunner(starting: registry.router(state: initial))
        #expect(runner.state[Steps.self] == ["0", "a", "b"])
        #expect(diary.entries == ["start a", "start b"])
        try await runner.shutdown()
        #expect(diary.entries == ["start a", "start b", "stop b 0ab", "stop a 0ab"])
        try await runner.shutdown()
        #expect(diary.entries.count == 4)
    }

    @Test("The state of the lifespan's scope stands over the router's")
    func scopeState() async throws {
        var (inner, outer) = (LifespanState(), LifespanState())
        inner[Steps.self] = ["inner"]
        outer[Steps.self] = ["outer"]
        let router = try PluginRegistry([]).router(state: inner)
        let plain = try await LifespanRunner(starting: router)
        #expect(plain.state[Steps.self] == ["inner"])
        let given = try await LifespanRunner(starting: router, state: outer)
        #expect(given.state[Steps.self] == ["outer"])
        try await plain.shutdown()
        try await given.shutdown()
    }

    @Test("A failing start stops those already started and gives the message with the plug-in's name")
    func failingStart() async throws {
        let diary = Diary()
        let registry = try PluginRegistry([
            Hooked(name: "a", diary: diary), Hooked(name: "b", diary: diary, failsAtStop: true),
            Hooked(name: "c", diary: diary, failsAtStart: true), Hooked(name: "d", diary: diary),
        ])
        let router = try registry.router()
        await #expect(throws: LifespanError("plug-in 'c': no disk; plug-in 'b', shutdown: stuck")) {
            try await LifespanRunner(starting: router)
        }
        #expect(diary.entries == ["start a", "start b", "stop b ab", "stop a ab"])
    }

    @Test("A failing stop does not keep the others from stopping")
    func failingStop() async throws {
        let diary = Diary()
        let registry = try PluginRegistry([
            Hooked(name: "a", diary: diary), Hooked(name: "b", diary: diary, failsAtStop: true),
        ])
        let runner = try await LifespanRunner(starting: registry.router())
        await #expect(throws: LifespanError("plug-in 'b', shutdown: stuck")) { try await runner.shutdown() }
        #expect(diary.entries.suffix(2) == ["stop b ab", "stop a ab"])
    }

    @Test("Without a lifespan application the state stays as given")
    func none() async throws {
        var state = LifespanState()
        state[Steps.self] = ["given"]
        let runner = try await LifespanRunner(starting: ProtocolTypeRouter(), state: state)
        #expect(runner.state[Steps.self] == ["given"])
        try await runner.shutdown()
    }

    @Test("An application that throws or ends before it has answered has failed to start")
    func noAnswer() async throws {
        let throwing = ClosureApplication<Lifespan> { _, _, _ in throw Failure(description: "boom") }
        await #expect(throws: LifespanError("boom")) {
            try await LifespanRunner(starting: ProtocolTypeRouter(lifespan: throwing))
        }
        let silent = ClosureApplication<Lifespan> { _, _, _ in }
        await #expect(throws: LifespanError("the lifespan application ended before it had started")) {
            try await LifespanRunner(starting: ProtocolTypeRouter(lifespan: silent))
        }
    }

    @Test("Answers out of turn are refused; an application that throws at stop has failed to stop")
    func outOfTurn() async throws {
        let refused = Diary()
        let application = ClosureApplication<Lifespan> { _, receive, send in
            func attempt(_ answer: Lifespan.Outbound, _ name: String) async {
                do { try await send(answer) } catch { refused.write(name) }
            }
            await attempt(.shutdownComplete, "stopped before start")
            _ = try await receive()
            try await send(.startupComplete(state: LifespanState()))
            await attempt(.startupComplete(state: LifespanState()), "second start")
            await attempt(.startupFailed(message: ""), "failed after start")
            guard case .shutdown = try await receive(), case .shutdown = try await receive() else { return }
            throw Failure(description: "boom")
        }
        let runner = try await LifespanRunner(starting: ProtocolTypeRouter(lifespan: application))
        await #expect(throws: LifespanError("boom")) { try await runner.shutdown() }
        #expect(refused.entries == ["stopped before start", "second start", "failed after start"])
    }

    @Test("A cancelled start cancels the application's task")
    func cancelledStart() async throws {
        let (entered, ended) = (EventQueue<Void>(), EventQueue<Bool>())
        let application = ClosureApplication<Lifespan> { _, _, _ in
            entered.push(())
            do {
                try await Waiting().wait()
            } catch {
                ended.push(error is CancellationError)
                throw error
            }
        }
        let start = Task { try await LifespanRunner(starting: ProtocolTypeRouter(lifespan: application)) }
        try await entered.next()
        start.cancel()
        await #expect(throws: CancellationError.self) { try await start.value }
        #expect(try await ended.next())
    }

    @Test("A runner that is dropped lets its application stop")
    func dropped() async throws {
        let stopped = EventQueue<String>()
        let application = ClosureApplication<Lifespan> { _, receive, send in
            _ = try await receive()
            try await send(.startupComplete(state: LifespanState()))
            if case .shutdown = try await receive() { stopped.push("stopped") }
        }
        _ = try await LifespanRunner(starting: ProtocolTypeRouter(lifespan: application))
        #expect(try await stopped.next() == "stopped")
    }

    /// Waits until it is cancelled.
    private struct Waiting {
        func wait() async throws {
            _ = try await EventQueue<Int>().next()
        }
    }
}
