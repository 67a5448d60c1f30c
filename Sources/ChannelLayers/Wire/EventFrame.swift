// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// The wire form of an event: a MessagePack map of `type` and the event's fields, exactly as channels_redis' pub/sub
/// layer writes it, so that Django processes read it.
///
/// What Channels does not know travels in one more field, `__sluice__`, which is there only where it is needed:
/// `x` a member that does not get the event, `k` its coalescing key, `o` and `e` its offset and epoch in the history.
public struct EventFrame: Sendable {
    static let extraKey = "__sluice__"

    /// The event, in wire form until somebody asks for its type.
    public let event: LayerEvent
    /// A member that does not get it.
    public let excluded: ChannelName?

    /// Reads a frame that came from another process.
    ///
    /// - Throws: ``LayerError`` with `notDecodable`: bytes that are no MessagePack map with texts as keys and a `type`,
    ///   values deeper than 64 in each other, or a `sluice.broadcast` without its message.
    public init(reading bytes: ByteBuffer) throws(LayerError) {
        let value: MessagePackValue
        do throws(MessagePackError) {
            value = try MessagePackReader.read(bytes)
        } catch {
            throw LayerError(.notDecodable, "a frame of \(bytes.readableBytes) bytes is no event: \(error)")
        }
        guard case .map(let all) = value, let type = value["type"]?.string else {
            throw LayerError(.notDecodable, "a frame of \(bytes.readableBytes) bytes is no map with a 'type'")
        }
        let extra = value[Self.extraKey]
        let fields = all.filter { $0.key != "type" && $0.key != Self.extraKey }
        var position: Position?
        if let offset = extra?["o"]?.unsigned, let epoch = extra?["e"]?.string {
            position = Position(epoch: epoch, offset: offset)
        }
        excluded = extra?["x"]?.string.map(ChannelName.init(rawValue:))
        if type == Broadcast.type {
            // Past the consumers, so nobody else will ask for its type.
            let broadcast: Broadcast = try WireEventBox.decode(fields)
            event = LayerEvent(
                box: TypedEventBox(broadcast, byteCount: bytes.readableBytes, position: position))
        } else {
            event = LayerEvent(
                box: WireEventBox(
                    type: type, fields: fields, byteCount: bytes.readableBytes, coalescingKey: extra?["k"]?.string,
                    position: position))
        }
    }

    /// Writes an event.
    ///
    /// - Parameters:
    ///   - excluding: a member that does not get it.
    ///   - open: whether the frame ends before its offset and epoch, which a broker's script appends as two more entries
    ///     of the map that is open: `o`, an integer, and `e`, a text.
    /// - Throws: ``LayerError`` with `notEncodable`.
    public static func write(
        _ event: LayerEvent, excluding: ChannelName? = nil, open: Bool = false
    ) throws(LayerError) -> ByteBuffer {
        let fields = try event.box.fields()
        var extra: [MessagePackValue.Field] = []
        if let excluding { extra.append(.init(key: "x", value: .string(excluding.rawValue))) }
        if let key = event.coalescingKey, event.broadcast == nil {
            extra.append(.init(key: "k", value: .string(key)))
        }
        let hasExtra = open || !extra.isEmpty
        var buffer = ByteBuffer()
        buffer.reserveCapacity(event.byteCount + 32)
        MessagePackWriter.writeMapHeader(fields.count + (hasExtra ? 2 : 1), into: &buffer)
        MessagePackWriter.write("type", into: &buffer)
        MessagePackWriter.write(event.type, into: &buffer)
        for field in fields {
            MessagePackWriter.write(field.key, into: &buffer)
            MessagePackWriter.write(field.value, into: &buffer)
        }
        if hasExtra {
            MessagePackWriter.write(Self.extraKey, into: &buffer)
            MessagePackWriter.writeMapHeader(extra.count + (open ? 2 : 0), into: &buffer)
            for field in extra {
                MessagePackWriter.write(field.key, into: &buffer)
                MessagePackWriter.write(field.value, into: &buffer)
            }
        }
        return buffer
    }
}

extension LayerEvent {
    /// The same event at a place of its group's history.
    public func at(_ position: Position) -> LayerEvent {
        LayerEvent(box: box.at(position))
    }
}
