// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// An event that came from another process: decoded when a handler of its name asks for it, once for all members.
final class WireEventBox: EventBox, @unchecked Sendable {
    private let wireFields: [MessagePackValue.Field]
    private let decoded = Mutex<EventBox?>(nil)

    init(
        type: String, fields: [MessagePackValue.Field], byteCount: Int, coalescingKey: String?, position: Position?
    ) {
        wireFields = fields
        super.init(
            eventType: ObjectIdentifier(WireEventBox.self), type: type, byteCount: byteCount,
            coalescingKey: coalescingKey, broadcast: nil, position: position)
    }

    override var isWire: Bool { true }

    override func fields() -> [MessagePackValue.Field] { wireFields }

    override func decoded<Event: ChannelEvent>(as _: Event.Type) throws(LayerError) -> Event? {
        guard Event.type == type else { return nil }
        return try decoded.withLock { decoded throws(LayerError) in
            if let known = decoded as? TypedEventBox<Event> { return known.event }
            let event: Event = try Self.decode(wireFields)
            decoded = TypedEventBox(event, byteCount: byteCount, position: position)
            return event
        }
    }

    static func decode<Event: ChannelEvent>(_ fields: [MessagePackValue.Field]) throws(LayerError) -> Event {
        do {
            return try WireDecoder.decode(Event.self, from: .map(fields))
        } catch {
            throw LayerError(.notDecodable, "an event '\(Event.type)' is no \(Event.self): \(error)")
        }
    }

    override func at(_ position: Position) -> EventBox {
        WireEventBox(
            type: type, fields: wireFields, byteCount: byteCount, coalescingKey: coalescingKey, position: position)
    }
}
