// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

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
        let bytes = try encode(event)
        try checkFields(bytes, Event.type)
        let decoded: Event
        do {
            decoded = try decoder.decode(Event.self, from: bytes)
        } catch {
            throw refusal(Event.type, "cannot be decoded again: \(error)")
        }
        let again = try encode(decoded)
        // Sets, and dictionaries whose keys are no texts, may come in another order.
        guard again == bytes || again.sorted() == bytes.sorted() else {
            throw refusal(Event.type, "comes out as another one than it went in")
        }
        return decoded
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }

    private static func encode<Event: ChannelEvent>(_ event: Event) throws(LayerError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // MessagePack carries these; that JSON does not is no fault of the event.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try encoder.encode(event)
        } catch {
            throw refusal(Event.type, "cannot be encoded: \(error)")
        }
    }

    /// The fields stand beside `type` at the top level, as in Channels.
    private static func checkFields(_ bytes: Data, _ type: String) throws(LayerError) {
        guard let fields = try? JSONDecoder().decode(FieldNames.self, from: bytes).names else {
            throw refusal(type, "is no object of named fields")
        }
        if fields.contains("type") { throw refusal(type, "has a field called 'type', which names the event itself") }
    }

    private static func refusal(_ type: String, _ reason: String) -> LayerError {
        LayerError(.notEncodable, "the event '\(type)' would not survive a broker: it \(reason)")
    }
}

/// The names of an object's fields.
private struct FieldNames: Decodable {
    struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    var names: [String]

    init(from decoder: any Decoder) throws {
        names = try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue)
    }
}
