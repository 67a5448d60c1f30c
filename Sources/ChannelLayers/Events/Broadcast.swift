// SPDX-License-Identifier: Apache-2.0

public import NIOCore
public import SluiceCore

/// A message for the clients of a group, past their consumers: encoded once, written to every socket, no task woken.
///
/// Sent by ``ChannelLayer/groupBroadcast(_:text:excluding:)``. Where a member has no socket (a worker, a bare channel)
/// it arrives as an event like any other.
public struct Broadcast: ChannelEvent {
    /// `sluice.broadcast`.
    public static let type = "sluice.broadcast"

    /// The message.
    public var message: WebSocketMessage { shared.message }

    let shared: SharedMessage

    /// A broadcast of a message.
    public init(_ message: WebSocketMessage) {
        shared = SharedMessage(message)
    }

    private enum CodingKeys: CodingKey { case text, bytes }

    /// From `text` or `bytes`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let text = try container.decodeIfPresent(String.self, forKey: .text) {
            self.init(.text(text))
        } else {
            self.init(.bytes(try container.decode(ByteBuffer.self, forKey: .bytes)))
        }
    }

    /// As `text` or `bytes`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
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
    /// own sends broadcasts keep their order. A client whose outbox is full misses it, and its consumer is told by a gap;
    /// under the policy ``OverflowPolicy/disconnect`` it is closed. Nothing older makes room for a broadcast.
    ///
    /// - Throws: as ``ChannelLayer/groupSend(_:_:excluding:)``.
    @discardableResult
    public func groupBroadcast(
        _ group: GroupName, text: String, excluding: ChannelName? = nil
    ) async throws -> Receipt {
        try await groupSend(group, LayerEvent(Broadcast(.text(text))), excluding: excluding)
    }

    /// Sends a binary message to the clients of all members of a group; see
    /// ``ChannelLayer/groupBroadcast(_:text:excluding:)``.
    @discardableResult
    public func groupBroadcast(
        _ group: GroupName, bytes: ByteBuffer, excluding: ChannelName? = nil
    ) async throws -> Receipt {
        try await groupSend(group, LayerEvent(Broadcast(.bytes(bytes))), excluding: excluding)
    }
}
