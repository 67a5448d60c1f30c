// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore

/// One event of an event stream (HTML, "Server-sent events").
public struct ServerSentEvent: Sendable, Hashable {
    /// The content; a script sees it with `\n` for every line break.
    public var data: String
    /// The event's name for `addEventListener`; `nil` for `message`.
    public var event: String?
    /// What a client that comes back tells in `Last-Event-ID`; `nil` leaves the last one.
    public var id: String?
    /// How long a client waits before it comes back, in whole milliseconds; `nil` leaves it.
    public var retry: Duration?

    /// An event.
    public init(_ data: String, event: String? = nil, id: String? = nil, retry: Duration? = nil) {
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry
    }

    /// The event as it is sent.
    ///
    /// - Throws: ``HTTPError`` 500 `bad_event` for a line break in ``event`` or ``id`` or a NUL in ``id``, which would
    ///   forge other fields, and for a negative ``retry``.
    func encoded() throws(HTTPError) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: data.utf8.count + 64)
        if let id {
            guard Self.isOneLine(id), !id.utf8.contains(0) else { throw Self.refused("id") }
            bytes.writeString("id: \(id)\n")
        }
        if let event {
            guard Self.isOneLine(event) else { throw Self.refused("name") }
            bytes.writeString("event: \(event)\n")
        }
        if let retry {
            guard retry >= .zero else { throw Self.refused("retry time") }
            bytes.writeString(
                "retry: \(retry.components.seconds * 1_000 + retry.components.attoseconds / 1_000_000_000_000_000)\n")
        }
        Self.write(data, as: "data: ", to: &bytes)
        bytes.writeInteger(UInt8(ascii: "\n"))
        return bytes
    }

    /// A comment, which clients do not show to scripts.
    static func comment(_ text: String) -> ByteBuffer {
        var bytes = ByteBuffer()
        write(text, as: ": ", to: &bytes)
        bytes.writeInteger(UInt8(ascii: "\n"))
        return bytes
    }

    /// Every line of the text as a field: CR LF, CR and LF end a line alike.
    private static func write(_ text: String, as field: StaticString, to bytes: inout ByteBuffer) {
        var rest = text.utf8[...]
        while true {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
            bytes.writeStaticString(field)
            bytes.writeSubstring(Substring(line))
            bytes.writeInteger(UInt8(ascii: "\n"))
            rest = rest[line.endIndex...]
            guard let end = rest.popFirst() else { return }
            if end == UInt8(ascii: "\r"), rest.first == UInt8(ascii: "\n") { rest.removeFirst() }
        }
    }

    private static func isOneLine(_ text: String) -> Bool {
        !text.utf8.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    }

    private static func refused(_ what: String) -> HTTPError {
        HTTPError(.internalServerError, code: "bad_event", "the \(what) of an event cannot be sent")
    }
}
