// SPDX-License-Identifier: Apache-2.0

public import SluiceChannelLayers
import SluiceCore

/// A method of a consumer that takes layer events of one type.
///
/// `.on(ChatConsumer.chatMessage)` is checked by the compiler: a misspelt method or a wrong event type does not build,
/// and no event can call a method that is not listed (in Channels any attribute's name in a message becomes a call).
public struct Handler: Sendable {
    /// The event's name on the wire.
    public let type: String

    let eventType: ObjectIdentifier
    let invoke: @Sendable (ChannelConsumer, LayerEvent) async throws -> Void
    /// The same for a method that never waits; `nil` for one that may.
    let call: (@Sendable (ChannelConsumer, LayerEvent) throws -> Void)?

    /// A handler from a method reference; the event's type is the method's parameter.
    public static func on<Receiver: ChannelConsumer, Event: ChannelEvent>(
        _ method: @escaping @Sendable (Receiver) -> (Event) async throws -> Void
    ) -> Handler {
        Handler(
            type: Event.type, eventType: ObjectIdentifier(Event.self),
            invoke: { consumer, event in
                let (receiver, value) = try arguments(consumer, event, Receiver.self, Event.self)
                try await method(receiver)(value)
            }, call: nil)
    }

    /// A handler from a method that never waits, of a ``SyncConsumer``.
    public static func on<Receiver: SyncConsumer, Event: ChannelEvent>(
        _ method: @escaping @Sendable (Receiver) -> (Event) throws -> Void
    ) -> Handler {
        Handler(
            type: Event.type, eventType: ObjectIdentifier(Event.self),
            invoke: { consumer, event in
                let (receiver, value) = try arguments(consumer, event, Receiver.self, Event.self)
                try await receiver.outbox.sink.writable()
                try method(receiver)(value)
            },
            call: { consumer, event in
                let (receiver, value) = try arguments(consumer, event, Receiver.self, Event.self)
                try method(receiver)(value)
            })
    }

    @inline(__always)
    private static func arguments<Receiver: ChannelConsumer, Event: ChannelEvent>(
        _ consumer: ChannelConsumer, _ event: LayerEvent, _: Receiver.Type, _: Event.Type
    ) throws -> (Receiver, Event) {
        guard let receiver = consumer as? Receiver, let value = try event.decoded(as: Event.self) else {
            throw ConsumerError(
                .wrongHandler, "the handler of '\(Event.type)' belongs to \(Receiver.self), not to \(consumer)")
        }
        return (receiver, value)
    }
}
