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

    /// The event's place in its group's history; `nil` where the layer keeps none.
    public var position: Position? { box.position }

    /// The event as a type, or `nil` when it is of another one or cannot be decoded as this one.
    public func value<Event: ChannelEvent>(as type: Event.Type) -> Event? {
        guard box.eventType == ObjectIdentifier(type) else { return try? box.decoded(as: type) }
        return unsafeDowncast(box, to: TypedEventBox<Event>.self).event  // proof: the box says that it holds an Event
    }

    /// The event as a type, or `nil` when it is of another one. What came from another process is decoded here, once
    /// for all who ask for the same type.
    ///
    /// - Throws: ``LayerError`` with `notDecodable`.
    public func decoded<Event: ChannelEvent>(as type: Event.Type) throws(LayerError) -> Event? {
        guard box.eventType == ObjectIdentifier(type) else { return try box.decoded(as: type) }
        return unsafeDowncast(box, to: TypedEventBox<Event>.self).event  // proof: as above
    }

    /// What the event stands for among those of its type; see ``ChannelEvent/coalescingKey``.
    var coalescingKey: String? { box.coalescingKey }

    /// The message for the members' sockets, if the event is a ``Broadcast``.
    var broadcast: SharedMessage? { box.broadcast }

    /// Whether it came from another process, which may be of another version, or none of ours.
    public var isForeign: Bool { box.isWire }

    /// Whether the event is of a type: a comparison of two pointers, or of names where it came from another process.
    public func holds(_ type: ObjectIdentifier, named name: String) -> Bool {
        box.eventType == type || box.isWire && box.type == name
    }
}

/// An event without its type, so that one queue takes all of them.
class EventBox: @unchecked Sendable {
    // Proof: all stored properties of this class and of its two subclasses are constants of Sendable types.
    let eventType: ObjectIdentifier
    let type: String
    let byteCount: Int
    let coalescingKey: String?
    let broadcast: SharedMessage?
    let position: Position?

    init(
        eventType: ObjectIdentifier, type: String, byteCount: Int, coalescingKey: String?, broadcast: SharedMessage?,
        position: Position?
    ) {
        self.coalescingKey = coalescingKey
        self.broadcast = broadcast
        self.eventType = eventType
        self.type = type
        self.byteCount = byteCount
        self.position = position
    }

    /// Whether it came from another process and its type is not known yet.
    var isWire: Bool { false }

    /// What a box in wire form holds, as a type of the same name.
    func decoded<Event: ChannelEvent>(as _: Event.Type) throws(LayerError) -> Event? { nil }

    /// The event's fields, without `type`.
    func fields() throws(LayerError) -> [MessagePackValue.Field] { [] }

    /// The same event at a place of a history.
    func at(_ position: Position) -> EventBox { self }

    func throughTheWire() throws(LayerError) -> EventBox { self }
}

final class TypedEventBox<Event: ChannelEvent>: EventBox, @unchecked Sendable {
    let event: Event

    init(_ event: Event, byteCount: Int? = nil, position: Position? = nil) {
        self.event = event
        super.init(
            eventType: ObjectIdentifier(Event.self), type: Event.type,
            byteCount: byteCount ?? EventSize.measure(event), coalescingKey: event.coalescingKey,
            broadcast: (event as? Broadcast)?.shared, position: position)
    }

    override func fields() throws(LayerError) -> [MessagePackValue.Field] {
        try WireCheck.fields(event)
    }

    override func at(_ position: Position) -> EventBox {
        TypedEventBox(event, byteCount: byteCount, position: position)
    }

    override func throughTheWire() throws(LayerError) -> EventBox {
        TypedEventBox(try WireCheck.pass(event))
    }
}
