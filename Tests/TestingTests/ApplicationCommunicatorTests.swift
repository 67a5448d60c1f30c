// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Testing

/// A kind of connection that only a plug-in would know.
private enum Numbers: ConnectionKind {
    static var type: String { "numbers" }
    typealias Inbound = Int
    typealias Outbound = Int
}

private struct Failure: Error, Equatable {
    var message: String
}

/// Doubles what it gets; ends at 0, throws at negative numbers, is silent at 13.
private let doubling = ClosureApplication<Numbers> { _, receive, send in
    while true {
        let number = try await receive()
        if number == 0 { return }
        if number < 0 { throw Failure(message: "negative") }
        if number == 13 { continue }
        try await send(number * 2)
    }
}

@Suite("ApplicationCommunicator (asgiref's ApplicationCommunicator)")
struct ApplicationCommunicatorTests {
    private func start() -> ApplicationCommunicator<Numbers> {
        ApplicationCommunicator(doubling, scope: Scope(Numbers.self))
    }

    @Test("drives a kind of its own: input, output, end (T1)")
    func roundTrip() async throws {
        let communicator = start()
        communicator.sendInput(4)
        #expect(try await communicator.receiveOutput() == 8)
        #expect(await communicator.receiveNothing(for: .milliseconds(20)))
        #expect(!communicator.isEnded)
        communicator.sendInput(0)
        try await communicator.wait()
        #expect(communicator.isEnded)
    }

    @Test("receive_nothing keeps what came for the next receive (T1)")
    func receiveNothingKeeps() async throws {
        let communicator = start()
        communicator.sendInput(5)
        #expect(await !communicator.receiveNothing(for: .seconds(1)))
        #expect(try await communicator.receiveOutput() == 10)
    }

    @Test("what the application throws comes out of receive and of wait (T1)")
    func rethrowing() async throws {
        let communicator = start()
        communicator.sendInput(-1)
        await #expect(throws: Failure(message: "negative")) { try await communicator.receiveOutput() }
        await #expect(throws: Failure(message: "negative")) { try await communicator.wait() }
    }

    @Test("an application that returned is told apart from a silent one (T1)")
    func returned() async throws {
        let communicator = start()
        communicator.sendInput(0)
        let error = await #expect(throws: CommunicatorError.self) {
            try await communicator.receiveOutput(awaiting: "a number")
        }
        #expect(error?.code == .ended)
        #expect(error?.description == "a number was awaited, but the application returned")
    }

    @Test("test_testing.py::test_timeout_disconnect: silence is a timeout that says what was awaited, and cancels")
    func timeout() async throws {
        let communicator = start()
        communicator.sendInput(13)
        let error = await #expect(throws: CommunicatorError.self) {
            try await communicator.receiveOutput(timeout: .milliseconds(20), awaiting: "a number")
        }
        #expect(error?.code == .timedOut)
        #expect(error?.description.hasPrefix("a number was awaited, but nothing came within 0.02 seconds") == true)
        let later = await #expect(throws: CommunicatorError.self) { try await communicator.wait(timeout: .seconds(5)) }
        #expect(later?.code == .cancelled)
    }

    @Test("wait on an application that goes on times out and cancels it (T1)")
    func waitTimesOut() async throws {
        let communicator = start()
        let error = await #expect(throws: CommunicatorError.self) {
            try await communicator.wait(timeout: .milliseconds(20))
        }
        #expect(error?.code == .timedOut)
        try await communicator.stop(timeout: .seconds(5))
        #expect(communicator.isEnded)
    }

    @Test("stop cancels; an application that does not end is an error (T1)")
    func stop() async throws {
        let communicator = start()
        try await communicator.stop(timeout: .seconds(5))
        let gate = EventQueue<Void>()
        let stubborn = ApplicationCommunicator(
            ClosureApplication<Numbers> { _, _, _ in
                // A task of its own is not cancelled with the application.
                _ = try await Task { try await gate.next() }.value
            }, scope: Scope(Numbers.self))
        let error = await #expect(throws: CommunicatorError.self) {
            try await stubborn.stop(timeout: .milliseconds(20))
        }
        #expect(error?.code == .timedOut)
        gate.push(())
        try await stubborn.wait(timeout: .seconds(5))
    }

    @Test("the application is cancelled when nobody holds the communicator any more")
    func deinitCancels() async throws {
        let ended = EventQueue<Bool>()
        do {
            let communicator = ApplicationCommunicator(
                ClosureApplication<Numbers> { _, receive, _ in
                    defer { ended.push(Task.isCancelled) }
                    _ = try await receive()
                }, scope: Scope(Numbers.self))
            #expect(!communicator.isEnded)
        }
        #expect(try await ended.next(within: .seconds(5)) == true)
    }
}
