// SPDX-License-Identifier: Apache-2.0

import Sluice

/// What the sockets of all live pages have in common: frames of JSON, a heartbeat, and an end with the session.
///
/// For a page that only watches a subclass says what comes behind the welcome, and what follows.
class LiveConsumer: Consumer {
    /// The subprotocol of clients that talk in frames.
    static let subprotocol = "sluice.json.v1"
    /// The close code for a session that has ended: the page goes to sign in.
    static let sessionEndedCode: WebSocketCloseCode = 4401

    override class var handlers: [Handler] { [.on(LiveConsumer.sessionEnded)] }

    // Plain state: a consumer lives in its connection's task, and nothing else can touch it.
    private var heartbeat: Heartbeat?

    var user: String { scope.user.name }

    /// Sends what the page needs first. The groups have been joined before: what happens meanwhile comes afterwards.
    func welcome() async throws {}

    override func connect() async throws {
        try await open(subprotocol: scope.subprotocols.first { $0 == Self.subprotocol })
        startHeartbeat()
        try await welcome()
    }

    /// Accepts; from here on the socket ends with its session.
    final func open(subprotocol: String?) async throws {
        if let session = scope.sessionGroup { try await channelLayer.groupAdd(session, channelName) }
        try await accept(subprotocol: subprotocol)
    }

    override func receive(text: String) async throws {
        beat()
        guard let frame = try? ClientFrame(text) else { return try await send(ErrorFrame(.badMessage)) }
        guard case .ping = frame else { return try await received(frame) }
        try await send(PongFrame())
    }

    /// What the client says besides pings; a page that only watches has nothing to say.
    func received(_ frame: ClientFrame) async throws {
        try await send(ErrorFrame(.badMessage))
    }

    override func receive(bytes: ByteBuffer) async throws {
        beat()
        try await send(ErrorFrame(.badMessage))
    }

    func sessionEnded(_ event: SessionEnded) async throws {
        // With a session in its place the page comes back by itself, and belongs to that one.
        let code = event.isRenewed ? WebSocketCloseCode.serviceRestart : Self.sessionEndedCode
        try await close(code: code, reason: "the session is over")
    }

    final func send(_ frame: some ServerFrame) async throws {
        try await send(text: try frame.json)
    }
}

extension LiveConsumer {
    /// From here on a client that has been silent for too long is closed.
    final func startHeartbeat() {
        let heartbeat = Heartbeat(at: scope.connection.clock.monotonic)
        self.heartbeat = heartbeat
        after(Heartbeat.patience, LiveConsumer.lookForHeartbeat)
    }

    /// The client has said something.
    final func beat() {
        heartbeat?.beat(at: scope.connection.clock.monotonic)
    }

    private func lookForHeartbeat() async throws {
        guard let left = heartbeat?.left(at: scope.connection.clock.monotonic) else { return }
        guard left > .zero else { return try await close(code: Heartbeat.silent, reason: "no heartbeat") }
        after(left, LiveConsumer.lookForHeartbeat)
    }
}
