// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The socket of a page that only watches: it says welcome, answers pings, and closes a client that has gone silent.
///
/// A subclass says what comes behind the welcome, and what follows.
class LiveConsumer: Consumer {
    private var heartbeat: Heartbeat?
    private var watch: Task<Void, any Error>?

    var user: String { scope.user.name }

    /// Sends what the page needs first. The groups have been joined before: what happens meanwhile comes afterwards.
    func welcome() async throws {}

    override func connect() async throws {
        let protocols = scope.subprotocols
        try await accept(subprotocol: protocols.first { $0 == RoomConsumer.subprotocol })
        let heartbeat = Heartbeat(clock: scope.connection.clock)
        self.heartbeat = heartbeat
        watch = Task { [outbox] in try await heartbeat.watch(outbox) }
        try await welcome()
    }

    override func receive(text: String) async throws {
        heartbeat?.beat()
        guard case .ping? = try? ClientFrame(text) else { return try await send(ErrorFrame(.badMessage)) }
        try await send(PongFrame())
    }

    override func receive(bytes: ByteBuffer) async throws {
        heartbeat?.beat()
        try await send(ErrorFrame(.badMessage))
    }

    override func disconnect(code: WebSocketCloseCode) async throws {
        watch?.cancel()
    }

    func send(_ frame: some ServerFrame) async throws {
        try await send(text: try frame.json)
    }
}
