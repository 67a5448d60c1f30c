// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// A channel event on its way: one shared box, however many members of a group get it.
public struct LayerEvent: Sendable {
    let box: EventBox

    init(box: EventBox) {
        self.box = box
    }

    /// Boxes an event. Its size, which budgets count, is measured here, once.
    public init<Event: ChannelEvent>(_ event: Event) {
        box = TypedEventBox(event)
    }

    /// ``ChannelEvent/type`` of the event.
    public var type: String { box.type }

    /// About the event's size on the wire, in bytes: what it counts for in inbox budgets.
    public var byteCount: Int { box.byteCount }

    /// The event as a type, or `nil` when it is of another one.
    public func value<Event: ChannelEvent>(as type: Event.Type) -> Event? {
        guard box.eventType == ObjectIdentifier(type) else { return nil }
        return unsafeDowncast(box, to: TypedEventBox<Event>.self).event  // proof: the box says that it holds an Event
    }

    /// What the event stands for among those of its type; see ``ChannelEvent/coalescingKey``.
    var coalescingKey: String? { box.coalescingKey }

    /// The message for the members' sockets, if the event is a ``Broadcast``.
    var broadcast: SharedMessage? { box.broadcast }

    /// Whether the event is of a type: a comparison of two pointers.
    public func holds(_ type: ObjectIdentifier) -> Bool {
        box.eventType == type
    }
}

/// An event without its type, so that one queue takes all of them.
class EventBox: @unchecked Sendable {
    // Proof: all stored properties of this class and of its one subclass are constants of Sendable types.
    let eventType: ObjectIdentifier
    let type: String
    let byteCount: Int
    let coalescingKey: String?
    let broadcast: SharedMessage?

    init(
        eventType: ObjectIdentifier, type: String, byteCount: Int, coalescingKey: String?, broadcast: SharedMessage?
    ) {
        self.coalescingKey = coalescingKey
        self.broadcast = broadcast
        self.eventType = eventType
        self.type = type
        self.byteCount = byteCount
    }

    func throughTheWire() throws(LayerError) -> EventBox { self }
}

final class TypedEventBox<Event: ChannelEvent>: EventBox, @unchecked Sendable {
    let event: Event

    init(_ event: Event) {
        self.event = event
        super.init(
            eventType: ObjectIdentifier(Event.self), type: Event.type, byteCount: EventSize.measure(event),
            coalescingKey: event.coalescingKey,
            broadcast: (event as? Broadcast)?.shared)
    }

    override func throughTheWire() throws(LayerError) -> EventBox {
        TypedEventBox(try WireCheck.pass(event))
    }
}
