// SPDX-License-Identifier: Apache-2.0

public import NIOCore
public import SluiceCore

/// A message for the clients of a group, past their consumers: encoded once, written to every socket, no task woken.
///
/// Sent by ``ChannelLayer/groupBroadcast(_:text:coalescingKey:excluding:)``. Where a member has no socket (a worker, a bare channel)
/// it arrives as an event like any other.
public struct Broadcast: ChannelEvent {
    /// `sluice.broadcast`.
    public static let type = "sluice.broadcast"

    /// The message.
    public var message: WebSocketMessage { shared.message }

    /// What the message stands for under ``OverflowPolicy/coalesce``: of those with one key the latest counts.
    public let coalescingKey: String?

    let shared: SharedMessage

    /// A broadcast of a message.
    public init(_ message: WebSocketMessage, coalescingKey: String? = nil) {
        shared = SharedMessage(message)
        self.coalescingKey = coalescingKey
    }

    private enum CodingKeys: CodingKey { case text, bytes, key }

    /// From `text` or `bytes`, and `key`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let key = try container.decodeIfPresent(String.self, forKey: .key)
        if let text = try container.decodeIfPresent(String.self, forKey: .text) {
            self.init(.text(text), coalescingKey: key)
        } else {
            self.init(.bytes(try container.decode(ByteBuffer.self, forKey: .bytes)), coalescingKey: key)
        }
    }

    /// As `text` or `bytes`, and `key`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(coalescingKey, forKey: .key)
        switch message {
        case .text(let text): try container.encode(text, forKey: .text)
        case .bytes(let bytes): try container.encode(bytes, forKey: .bytes)
        }
    }
}

extension ChannelLayer {
    /// Sends a text message to the clients of all members of a group, without waking their consumers.
    ///
    /// A broadcast may overtake events that still wait in a consumer's inbox; among themselves and with the consumer's
    /// own sends broadcasts keep their order. For a client whose outbox is full it waits, up to the bytes and events of
    /// the consumer's `inboxBudget` (beside those of its inbox), until the client reads on; beyond that, or when nothing
    /// was drained for 5 s, the consumer's ``OverflowPolicy`` says what becomes of it, and the consumer is told by a gap
    /// of what its client has missed.
    ///
    /// - Parameters:
    ///   - coalescingKey: what the message stands for; see ``Broadcast/coalescingKey``.
    ///   - excluding: a member that does not get it.
    /// - Throws: as ``ChannelLayer/groupSend(_:_:excluding:)``.
    @discardableResult
    public func groupBroadcast(
        _ group: GroupName, text: String, coalescingKey: String? = nil, excluding: ChannelName? = nil
    ) async throws -> Receipt {
        let event = LayerEvent(Broadcast(.text(text), coalescingKey: coalescingKey))
        return try await groupSend(group, event, excluding: excluding)
    }

    /// Sends a binary message to the clients of all members of a group; see
    /// ``ChannelLayer/groupBroadcast(_:text:coalescingKey:excluding:)``.
    @discardableResult
    public func groupBroadcast(
        _ group: GroupName, bytes: ByteBuffer, coalescingKey: String? = nil, excluding: ChannelName? = nil
    ) async throws -> Receipt {
        let event = LayerEvent(Broadcast(.bytes(bytes), coalescingKey: coalescingKey))
        return try await groupSend(group, event, excluding: excluding)
    }
}
