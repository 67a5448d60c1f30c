// SPDX-License-Identifier: Apache-2.0

/// Header fields as the handshake reads them.
struct HeaderFields {
    private let fields: [(name: String, value: Substring)]

    /// Takes the fields; values are trimmed of spaces and tabs.
    init(_ headers: some Sequence<WebSocketHandshake.Header>) {
        fields = headers.map { ($0.name, Self.trim($0.value[...])) }
    }

    /// The values of all fields of that lowercase name, in order.
    func values(_ name: String) -> [Substring] {
        fields.filter { Self.matches($0.name, name) }.map(\.value)
    }

    /// The elements of the comma-separated lists of that name, empty ones dropped (RFC 9110 §5.6.1). Commas within
    /// quoted strings do not separate.
    func elements(_ name: String) -> [String] {
        values(name).flatMap(Self.split)
    }

    /// Whether the lists of that name hold the lowercase `token` in any case.
    func lists(_ name: String, _ token: String) -> Bool {
        elements(name).contains { Self.matches($0, token) }
    }

    /// Whether `text` is the lowercase ASCII `token` in any case. Byte by byte: `String` would take the Kelvin sign for
    /// a K.
    static func matches(_ text: some StringProtocol, _ token: String) -> Bool {
        text.utf8.elementsEqual(token.utf8) { byte, expected in
            byte == expected || (UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte && byte | 0x20 == expected)
        }
    }

    /// Whether `text` is a token (RFC 9110 §5.6.2).
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    private static func split(_ value: Substring) -> [String] {
        var elements: [String] = []
        var start = value.startIndex
        var isQuoted = false
        var isEscaped = false
        func add(upTo end: String.Index) {
            let element = trim(value[start..<end])
            if !element.isEmpty { elements.append(String(element)) }
        }
        for index in value.utf8.indices {
            let byte = value.utf8[index]
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\"), isQuoted {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ","), !isQuoted {
                add(upTo: index)
                start = value.utf8.index(after: index)
            }
        }
        add(upTo: value.endIndex)
        return elements
    }

    /// `text` without spaces and tabs around it.
    static func trim(_ text: Substring) -> Substring {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let rest = text.utf8.drop(while: isSpace)
        guard let last = rest.lastIndex(where: { !isSpace($0) }) else { return "" }
        return Substring(rest[...last])
    }
}
