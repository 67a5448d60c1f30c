// SPDX-License-Identifier: Apache-2.0

public import NIOCore
public import SluiceCore

/// A message for the clients of a group, past their consumers: encoded once, written to every socket, no task woken.
///
/// Sent by ``ChannelLayer/groupBroadcast(_:text:coalescingKey:compression:excluding:)``. Where a member has no socket (a worker, a bare channel)
/// it arrives as an event like any other.
public struct Broadcast: ChannelEvent {
    /// `sluice.broadcast`.
    public static let type = "sluice.broadcast"

    /// The message.
    public var message: WebSocketMessage { shared.message }

    /// What the message stands for under ``OverflowPolicy/coalesce``: of those with one key the latest counts.
    public let coalescingKey: String?

    let shared: SharedMessage

    /// Whether the message is compressed for clients with which compression was agreed on.
    public var compression: MessageCompression { shared.compression }

    /// A broadcast of a message.
    public init(
        _ message: WebSocketMessage, coalescingKey: String? = nil, compression: MessageCompression = .automatic
    ) {
        shared = SharedMessage(message, compression: compression)
        self.coalescingKey = coalescingKey
    }

    private enum CodingKeys: CodingKey { case text, bytes, key, compressed }

    /// From `text` or `bytes`, `key`, and `compressed` where the sender has decided about it.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let key = try container.decodeIfPresent(String.self, forKey: .key)
        let compression = MessageCompression(
            isDemanded: try container.decodeIfPresent(Bool.self, forKey: .compressed))
        if let text = try container.decodeIfPresent(String.self, forKey: .text) {
            self.init(.text(text), coalescingKey: key, compression: compression)
        } else {
            let bytes = try container.decode(ByteBuffer.self, forKey: .bytes)
            self.init(.bytes(bytes), coalescingKey: key, compression: compression)
        }
    }

    /// As `text` or `bytes`, `key` and `compressed`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(coalescingKey, forKey: .key)
        try container.encodeIfPresent(compression.isDemanded, forKey: .compressed)
        switch message {
        case .text(let text): try container.encode(text, forKey: .text)
        case .bytes(let bytes): try container.encode(bytes, forKey: .bytes)
        }
    }
}

extension MessageCompression {
    /// Whether the sender wants it; `nil` where it has not decided.
    fileprivate var isDemanded: Bool? {
        switch self {
        case .automatic: nil
        case .always: true
        case .never: false
        }
    }

    fileprivate init(isDemanded: Bool?) {
        self = isDemanded.map { $0 ? .always : .never } ?? .automatic
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
    ///   - compression: whether it is compressed for clients with which compression was agreed on; of messages with a
    ///     secret and text of an attacker's beside it (BREACH) better not.
    ///   - excluding: a member that does not get it.
    /// - Throws: as ``ChannelLayer/groupSend(_:_:excluding:)``.
    @discardableResult
    public func groupBroadcast(
        _ group: GroupName, text: String, coalescingKey: String? = nil, compression: MessageCompression = .automatic,
        excluding: ChannelName? = nil
    ) async throws -> Receipt {
        let event = LayerEvent(Broadcast(.text(text), coalescingKey: coalescingKey, compression: compression))
        return try await groupSend(group, event, excluding: excluding)
    }

    /// Sends a binary message to the clients of all members of a group; see
    /// ``ChannelLayer/groupBroadcast(_:text:coalescingKey:compression:excluding:)``.
    @discardableResult
    public func groupBroadcast(
        _ group: GroupName, bytes: ByteBuffer, coalescingKey: String? = nil,
        compression: MessageCompression = .automatic,
        excluding: ChannelName? = nil
    ) async throws -> Receipt {
        let event = LayerEvent(Broadcast(.bytes(bytes), coalescingKey: coalescingKey, compression: compression))
        return try await groupSend(group, event, excluding: excluding)
    }
}
