// SPDX-License-Identifier: Apache-2.0

import NIOCore

extension LayerEvent {
    /// The event as it comes out of its wire form: what a broker between processes would deliver.
    ///
    /// - Throws: ``LayerError`` with `notEncodable` when it cannot be encoded, is no object of named fields, has a field
    ///   called `type`, cannot be decoded, or comes back as something else.
    func throughTheWire() throws(LayerError) -> LayerEvent {
        LayerEvent(box: try box.throughTheWire())
    }
}

/// Encodes and decodes an event as brokers between processes do, to see whether it would survive one.
enum WireCheck {
    static func pass<Event: ChannelEvent>(_ event: Event) throws(LayerError) -> Event {
        let bytes = bytes(try fields(event))
        let decoded: Event
        do {
            decoded = try WireDecoder.decode(Event.self, from: try MessagePackReader.read(bytes))
        } catch {
            throw refusal(Event.type, "cannot be decoded again: \(error)")
        }
        let again = self.bytes(try fields(decoded))
        // Sets and dictionaries may come in another order.
        guard again == bytes || again.readableBytesView.sorted() == bytes.readableBytesView.sorted() else {
            throw refusal(Event.type, "comes out as another one than it went in")
        }
        return decoded
    }

    /// An event's fields, which stand beside `type` at the top level, as in Channels.
    static func fields<Event: ChannelEvent>(_ event: Event) throws(LayerError) -> [MessagePackValue.Field] {
        let value: MessagePackValue
        do {
            value = try WireEncoder.encode(event)
        } catch {
            throw refusal(Event.type, "cannot be encoded: \(error)")
        }
        // An event without fields encodes nothing at all.
        guard value != .null else { return [] }
        guard case .map(let fields) = value else { throw refusal(Event.type, "is no object of named fields") }
        if fields.contains(where: { $0.key == "type" }) {
            throw refusal(Event.type, "has a field called 'type', which names the event itself")
        }
        if fields.contains(where: { $0.key == EventFrame.extraKey }) {
            throw refusal(Event.type, "has a field called '\(EventFrame.extraKey)', which the layer keeps for itself")
        }
        return fields
    }

    private static func bytes(_ fields: [MessagePackValue.Field]) -> ByteBuffer {
        var buffer = ByteBuffer()
        MessagePackWriter.write(.map(fields), into: &buffer)
        return buffer
    }

    private static func refusal(_ type: String, _ reason: String) -> LayerError {
        LayerError(.notEncodable, "the event '\(type)' would not survive a broker: it \(reason)")
    }
}
