// SPDX-License-Identifier: Apache-2.0

public import SluiceChannelLayers

/// A method of a consumer that takes layer events of one type.
///
/// `.on(ChatConsumer.chatMessage)` is checked by the compiler: a misspelt method or a wrong event type does not build,
/// and no event can call a method that is not listed (in Channels any attribute's name in a message becomes a call).
public struct Handler: Sendable {
    /// The event's name on the wire.
    public let type: String

    let eventType: ObjectIdentifier
    let invoke: @Sendable (ChannelConsumer, LayerEvent) async throws -> Void

    /// A handler from a method reference; the event's type is the method's parameter.
    public static func on<Receiver: ChannelConsumer, Event: ChannelEvent>(
        _ method: @escaping @Sendable (Receiver) -> (Event) async throws -> Void
    ) -> Handler {
        Handler(type: Event.type, eventType: ObjectIdentifier(Event.self)) { consumer, event in
            guard let receiver = consumer as? Receiver, let value = event.value(as: Event.self) else {
                throw ConsumerError(
                    .wrongHandler, "the handler of '\(Event.type)' belongs to \(Receiver.self), not to \(consumer)")
            }
            try await method(receiver)(value)
        }
    }

    private init(
        type: String, eventType: ObjectIdentifier,
        invoke: @escaping @Sendable (ChannelConsumer, LayerEvent) async throws -> Void
    ) {
        self.type = type
        self.eventType = eventType
        self.invoke = invoke
    }
}
