// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import NIOCore
public import SluiceChannelLayers
public import SluiceCore

/// One WebSocket connection, as an application sees it: subclass it and override what is needed (Channels'
/// `AsyncWebsocketConsumer`).
///
/// An instance lives in its connection's task and never leaves it: plain stored properties need no lock and no actor,
/// and the compiler refuses code that would share the instance. Hooks and handlers run one at a time, in order; events
/// of the socket and of the channel layer take turns. ``disconnect(code:)`` runs exactly once for every consumer whose
/// ``connect()`` was entered, whatever ended the connection.
open class Consumer {
    /// What is known of the connection.
    public final let scope: Scope
    /// The connection's writer: Sendable, so that a timer or another task may hold it.
    public final let outbox: Send<WebSocket>

    let runtime: ConsumerRuntime

    /// A consumer for one connection; routes call it in the connection's task.
    public init(_ context: ConsumerContext) {
        scope = context.scope
        outbox = context.outbox
        runtime = context.runtime
    }

    // MARK: What a subclass declares

    /// The layer events that the consumer takes: `[.on(ChatConsumer.chatMessage)]`. Default: none.
    open class var handlers: [Handler] { [] }

    /// Groups that every instance joins before ``connect()`` and leaves at the end (Channels' `groups`). Default: none.
    open class var groups: [GroupName] { [] }

    /// The alias of the channel layer that the consumer uses (Channels' `channel_layer_alias`). Default: `default`.
    open class var channelLayerAlias: String { "default" }

    /// How much may wait for a slow handler. Default: 8 MiB and 4,096 events.
    open class var inboxBudget: InboxBudget { InboxBudget() }

    /// What becomes of layer events for a client that does not read. Default: the connection is closed with 1013.
    open class var overflowPolicy: OverflowPolicy { .disconnect }

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

    /// Layer events were missed, because the handlers were slower than what came or the client did not read; comes
    /// before the next event. Default: nothing.
    open func missed(_ gap: Gap) async throws {}

    /// A hook or handler threw. The error has been logged.
    ///
    /// - Returns: what becomes of the connection. Default: a channel layer's error keeps it open, every other error
    ///   closes it with the error's close code (1011 for errors that name none).
    open func onError(_ error: any Error) async -> ErrorAction {
        error is LayerError ? .keep : .close(ErrorDisposition(of: error).closeCode)
    }

    // MARK: What a subclass calls

    /// The channel layer under ``channelLayerAlias``.
    public final var channelLayer: any ChannelLayer { runtime.channelLayer }

    /// The name of this connection's channel: what others send to, and what joins groups.
    ///
    /// The channel is opened on the first use, and its name is the same until ``disconnect(code:)`` has returned. The
    /// name is empty where no layer is configured, and no layer takes it.
    public final var channelName: ChannelName { runtime.channelName }

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
    /// - Throws: ``SendError`` when the connection is closed.
    public final func send(text: String) async throws {
        try await outbox(.send(.text(text)))
    }

    /// Sends a binary message; waits while the client does not read and more than 1 MiB is queued.
    ///
    /// - Throws: ``SendError`` when the connection is closed.
    public final func send(bytes: ByteBuffer) async throws {
        try await outbox(.send(.bytes(bytes)))
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

@available(*, unavailable, message: "a consumer lives in its connection's task; hand out `outbox` instead")
extension Consumer: Sendable {}
