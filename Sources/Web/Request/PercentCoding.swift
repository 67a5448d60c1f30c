// SPDX-License-Identifier: Apache-2.0

/// Percent escapes in queries, forms and addresses (RFC 3986 §2.1, WHATWG URL §5.1).
enum PercentCoding {
    /// Decodes one name or value of a form: `+` is a space, `%XX` a byte.
    ///
    /// As in Django and browsers nothing is an error: an escape without two hexadecimal digits stays as it is, bytes
    /// that are not UTF-8 become U+FFFD.
    static func decodeFormComponent(_ text: Substring.UTF8View) -> String {
        decode(text, space: UInt8(ascii: "+"))
    }

    /// Decodes `%XX`; an escape without two hexadecimal digits stays, bytes that are not UTF-8 become U+FFFD.
    ///
    /// - Parameter space: A byte that stands for a space.
    static func decode(_ text: Substring.UTF8View, space: UInt8? = nil) -> String {
        guard text.contains(where: { $0 == UInt8(ascii: "%") || $0 == space }) else {
            return String(Substring(text))
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = text.startIndex
        while index != text.endIndex {
            let byte = text[index]
            text.formIndex(after: &index)
            switch byte {
            case space: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                if let (value, end) = escaped(in: text, at: index) {
                    bytes.append(value)
                    index = end
                } else {
                    bytes.append(byte)
                }
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Escapes what may not stand in an address as it is: everything outside ASCII, white space, quotes and brackets.
    /// Existing escapes stay (Django's `iri_to_uri`).
    static func encodeAddress(_ text: String) -> String {
        encode(text) { byte in
            isUnreserved(byte) || "/#%[]=:;$&()+,!?*@'".utf8.contains(byte)
        }
    }

    /// Escapes everything but unreserved characters and the slash: a path as the value of a query field.
    static func encodeQueryValue(_ text: String) -> String {
        encode(text) { isUnreserved($0) || $0 == UInt8(ascii: "/") }
    }

    /// Escapes everything but unreserved characters (RFC 3986 §2.3).
    static func encodeComponent(_ text: String) -> String {
        encode(text, unless: isUnreserved)
    }

    private static func encode(_ text: String, unless isAllowed: (UInt8) -> Bool) -> String {
        guard !text.utf8.allSatisfy(isAllowed) else { return text }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 2)
        for byte in text.utf8 {
            if isAllowed(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// The byte of the two hexadecimal digits at `index`, and where they end.
    private static func escaped(
        in text: Substring.UTF8View, at index: Substring.Index
    ) -> (UInt8, Substring.Index)? {
        guard index != text.endIndex, let high = digit(text[index]) else { return nil }
        let second = text.index(after: index)
        guard second != text.endIndex, let low = digit(text[second]) else { return nil }
        return (high << 4 | low, text.index(after: second))
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
