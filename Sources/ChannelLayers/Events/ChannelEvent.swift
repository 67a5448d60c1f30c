// SPDX-License-Identifier: Apache-2.0

/// An event that travels through a channel layer to consumers and workers.
///
/// A consumer takes it with a handler registered by method reference: `.on(ChatConsumer.chatMessage)`. In memory the
/// value itself travels; between processes its Codable fields stand beside `type` at the top level, as in Channels,
/// so no field may be called `type`.
public protocol ChannelEvent: Codable, Sendable {
    /// The event's name on the wire, such as `chat.message`: dot-separated words, unique in an application.
    static var type: String { get }

    /// Under ``OverflowPolicy/coalesce``, events of one type with the same key stand for each other: the latest counts.
    /// Default: `nil`, nothing stands for this event.
    var coalescingKey: String? { get }
}

extension ChannelEvent {
    /// No key.
    public var coalescingKey: String? { nil }
}
