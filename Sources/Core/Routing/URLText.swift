// SPDX-License-Identifier: Apache-2.0

/// Writes the parts of a relative reference (RFC 3986 §4.2), percent-encoded.
enum URLText {
    private static let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    /// What Django leaves in a path: `pchar` and the slash.
    private static let path = PathCharacters(unreserved + "!$&'()*+,;=:@/")
    private static let query = PathCharacters(unreserved)
    private static let fragment = PathCharacters(unreserved + "!$&'()*+,;=:@/?")

    /// The whole reference. It never begins with two slashes, which would name another host (Django's
    /// `escape_leading_slashes`).
    ///
    /// - Parameter path: without its leading slash.
    static func join(
        _ rootPath: String, _ path: String, _ fields: [(name: String, value: String)], _ fragment: String?
    ) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(rootPath.utf8.count + path.utf8.count + 16)
        append(rootPath, escapingAllBut: Self.path, to: &text)
        while text.last == slash { text.removeLast() }
        text.append(slash)
        append(path, escapingAllBut: Self.path, to: &text)
        if text.count > 1, text[1] == slash { text.replaceSubrange(1..<2, with: "%2F".utf8) }
        for (index, field) in fields.enumerated() {
            text.append(index == 0 ? UInt8(ascii: "?") : UInt8(ascii: "&"))
            append(field.name, escapingAllBut: query, to: &text)
            text.append(UInt8(ascii: "="))
            append(field.value, escapingAllBut: query, to: &text)
        }
        if let fragment {
            text.append(UInt8(ascii: "#"))
            append(fragment, escapingAllBut: Self.fragment, to: &text)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ part: String, escapingAllBut safe: PathCharacters, to text: inout [UInt8]) {
        for byte in part.utf8 {
            if safe.contains(byte) {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "%"))
                text.append(digit(byte >> 4))
                text.append(digit(byte & 15))
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static let slash = UInt8(ascii: "/")
}
