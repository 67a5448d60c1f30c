// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Synchronization
import Testing

struct Ping: SluiceChannelLayers.ChannelEvent {
    static let type = "test.ping"
    var number = 0
}

/// An event that no consumer of the tests handles.
struct Unknown: SluiceChannelLayers.ChannelEvent {
    static let type = "_private"
}

struct Failure: Error, Equatable {}

/// What consumers of a test did, in order: a line each.
final class Journal: Sendable {
    private let entries = Mutex<[String]>([])
    var lines: [String] { entries.withLock { $0 } }
    var disconnects: [String] { lines.filter { $0.hasPrefix("disconnect") } }

    func write(_ line: String) {
        entries.withLock { $0.append(line) }
    }
}

/// A consumer whose hooks are closures of the test.
class Scripted: Consumer {
    struct Script: Sendable {
        typealias Hook = @Sendable (Scripted) async throws -> Void

        var connect: Hook = { try await $0.accept() }
        var receive: @Sendable (Scripted, String) async throws -> Void = { consumer, text in
            try await consumer.send(text: text)
        }
        var ping: @Sendable (Scripted, Ping) async throws -> Void = { consumer, ping in
            try await consumer.send(text: "ping \(ping.number)")
        }
        var disconnect: Hook = { _ in }
        var onError: ErrorAction?
    }

    let script: Script
    let journal: Journal

    init(_ context: ConsumerContext, _ script: Script, _ journal: Journal) {
        self.script = script
        self.journal = journal
        super.init(context)
    }

    override class var handlers: [Handler] { [.on(Scripted.ping)] }

    override func connect() async throws { try await script.connect(self) }
    override func receive(text: String) async throws { try await script.receive(self, text) }
    override func receive(bytes: ByteBuffer) async throws { try await send(bytes: bytes) }
    func ping(_ event: Ping) async throws { try await script.ping(self, event) }

    override func missed(_ gap: Gap) async throws {
        journal.write("missed \(gap.count)")
    }

    override func disconnect(code: WebSocketCloseCode) async throws {
        journal.write("disconnect \(code.rawValue)")
        try await script.disconnect(self)
    }

    override func onError(_ error: any Error) async -> ErrorAction {
        // Where Foundation is loaded every error can be made an NSError, which describes itself; it is not meant.
        let any: Any = error
        journal.write("error \((any as? any CustomStringConvertible)?.description ?? "\(type(of: error))")")
        if let action = script.onError { return action }
        return await super.onError(error)
    }
}

/// One connection to a scripted consumer, with what can be asked about it.
struct Session {
    let journal: Journal
    let state: LifespanState
    let logs = RecordedLog()
    let communicator: WebSocketCommunicator

    var layer: any ChannelLayer { state.channelLayer() }
    var statistics: ConsumerStatistics { state[ConsumerStatistics.self] }

    init(
        _ script: Scripted.Script = Scripted.Script(), journal: Journal = Journal(), state: LifespanState = .testing(),
        clock: any TimeSource = SystemTime(), subprotocols: [String] = [], path: String = "/"
    ) {
        self.journal = journal
        self.state = state
        let logs = logs
        communicator = WebSocketCommunicator(
            ConsumerApplication { Scripted($0, script, journal) }, path: path, subprotocols: subprotocols, state: state,
            clock: clock
        ) { $0.connection.logger = logs.logger() }
    }

    /// Checks that all of it has ended, with exactly these disconnects.
    func expectEnd(_ disconnects: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await expectNoLeaks(in: state)
        #expect(journal.disconnects == disconnects, sourceLocation: sourceLocation)
    }
}
