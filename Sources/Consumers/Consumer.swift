// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import NIOCore
public import SluiceCore

/// One WebSocket connection, as an application sees it: subclass it and override what is needed (Channels'
/// `AsyncWebsocketConsumer`).
///
/// An instance lives in its connection's task and never leaves it: plain stored properties need no lock and no actor,
/// and the compiler refuses code that would share the instance. Hooks and handlers run one at a time, in order; events
/// of the socket and of the channel layer take turns. ``disconnect(code:)`` runs exactly once for every consumer whose
/// ``connect()`` was entered, whatever ended the connection.
open class Consumer: ChannelConsumer {
    /// The connection's writer: Sendable, so that a timer or another task may hold it.
    public final let outbox: Send<WebSocket>

    /// A consumer for one connection; routes call it in the connection's task.
    public init(_ context: ConsumerContext) {
        outbox = context.outbox
        super.init(scope: context.scope, runtime: context.runtime)
    }

    // MARK: Hooks

    /// The client asks for the connection. Default: it is accepted.
    open func connect() async throws {
        try await accept()
    }

    /// A text message came. Default: it is ignored.
    open func receive(text: String) async throws {}

    /// A binary message came. Default: it is ignored.
    open func receive(bytes: ByteBuffer) async throws {}

    /// The connection has ended; runs exactly once, for at most 10 s, in a task that is not cancelled.
    ///
    /// Groups have been left before. Messages can no longer be sent. Default: nothing.
    open func disconnect(code: WebSocketCloseCode) async throws {}

    // MARK: What a subclass calls

    /// Completes the handshake.
    ///
    /// - Parameters:
    ///   - subprotocol: one of those the client offers (`scope.subprotocols`).
    ///   - headers: further fields of the handshake's response.
    /// - Throws: ``SendError`` when the connection was accepted or refused before, or is gone.
    public final func accept(subprotocol: String? = nil, headers: HTTPFields = [:]) async throws {
        try await outbox(.accept(subprotocol: subprotocol, headers: headers))
        runtime.accepted = true
    }

    /// Sends a text message; waits while the client does not read and more than 1 MiB is queued.
    ///
    /// - Parameter compression: whether it is compressed where the client agreed to that; by default if it is large
    ///   enough.
    /// - Throws: ``SendError`` when the connection is closed.
    public final func send(text: String, compression: MessageCompression = .automatic) async throws {
        try await outbox(.send(.text(text), compression: compression))
    }

    /// Sends a binary message; waits while the client does not read and more than 1 MiB is queued.
    ///
    /// - Parameter compression: as for ``send(text:compression:)``.
    /// - Throws: ``SendError`` when the connection is closed.
    public final func send(bytes: ByteBuffer, compression: MessageCompression = .automatic) async throws {
        try await outbox(.send(.bytes(bytes), compression: compression))
    }

    /// Closes the connection; before ``accept(subprotocol:headers:)`` the handshake is refused with 403.
    ///
    /// No message and no layer event reaches the consumer after it; ``disconnect(code:)`` still runs.
    ///
    /// - Parameters:
    ///   - code: 1000 by default; applications use 4000–4999.
    ///   - reason: at most 123 bytes of UTF-8, shown to the client.
    /// - Throws: ``SendError`` for a code or reason that may not be sent.
    public final func close(code: WebSocketCloseCode = .normal, reason: String = "") async throws {
        do {
            try await outbox(.close(code: code, reason: reason))
        } catch let error as SendError where error.code == .connectionClosed {
            // Closing what is closed is no error.
        }
        runtime.closeInbox()
    }

    /// Refuses the handshake with a response of the consumer's choice (ASGI's WebSocket denial response).
    ///
    /// - Parameter status: 200…599 with a body allowed; 403 by default.
    /// - Throws: ``SendError`` when the connection was accepted or refused before.
    public final func deny(
        status: HTTPResponse.Status = .forbidden, headers: HTTPFields = [:], body: String = ""
    ) async throws {
        try await outbox(.deny(status: status, headers: headers, body: ByteBuffer(string: body)))
        runtime.closeInbox()
    }
}
