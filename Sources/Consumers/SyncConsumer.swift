// SPDX-License-Identifier: Apache-2.0

public import NIOCore
public import SluiceChannelLayers
public import SluiceCore

/// A consumer whose hooks never wait: they are called straight on the event loop, and its task sleeps meanwhile.
///
/// For the hot few: a relay, a game's tick, an echo. What must wait (``connect()``, ``disconnect(code:)``, handlers that
/// are `async`) is written as in every ``Consumer``, and events keep their order. A hook that computes for long keeps its
/// whole event loop; `blocking { … }` cannot be called from one.
/// ```swift
/// final class Relay: SyncConsumer {
///     override class var handlers: [Handler] { [.on(Relay.said)] }
///     override func received(_ message: WebSocketMessage) throws { try publish(Said(message), to: "relay") }
///     func said(_ event: Said) throws { try send(text: event.text) }
/// }
/// ```
/// Where filters stand around the consumer, or a host has no ``SluiceCore/DeputyExecutor``, the same hooks run in the
/// connection's task.
open class SyncConsumer: Consumer {
    /// A message came, and the client is not behind in reading. Default: it is ignored.
    open func received(_ message: WebSocketMessage) throws {}

    /// Sends a text message.
    ///
    /// - Throws: ``SendError`` with `connectionClosed`, or with `outboxFull` when one call sends more than what may be
    ///   queued for a client (1 MiB by default).
    public final func send(text: String) throws {
        try offer(.send(.text(text)))
    }

    /// Sends a binary message.
    ///
    /// - Throws: as ``send(text:)``.
    public final func send(bytes: ByteBuffer) throws {
        try offer(.send(.bytes(bytes)))
    }

    /// Closes the connection; see ``Consumer/close(code:reason:)``.
    public final func close(code: WebSocketCloseCode = .normal, reason: String = "") throws {
        do {
            try offer(.close(code: code, reason: reason))
        } catch let error as SendError where error.code == .connectionClosed {
            // Closing what is closed is no error.
        }
        runtime.closeInbox()
    }

    /// Sends an event to a group without waiting for the broker; see ``SluiceChannelLayers/ChannelLayer/publish(_:_:excluding:)``.
    @discardableResult
    public final func publish<Event: SluiceChannelLayers.ChannelEvent>(
        _ event: Event, to group: GroupName, excluding: ChannelName? = nil
    ) throws -> Receipt {
        try channelLayer.publish(group, event, excluding: excluding)
    }

    /// Waits until the client has read, then calls ``received(_:)``.
    public final override func receive(text: String) async throws {
        try await outbox.sink.writable()
        try received(.text(text))
    }

    /// Waits until the client has read, then calls ``received(_:)``.
    public final override func receive(bytes: ByteBuffer) async throws {
        try await outbox.sink.writable()
        try received(.bytes(bytes))
    }

    private func offer(_ event: WebSocket.Outbound) throws {
        guard try outbox.sink.offer(event) else {
            throw SendError(.outboxFull, "the client does not read, and a synchronous hook cannot wait for it")
        }
    }
}
