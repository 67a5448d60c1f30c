// SPDX-License-Identifier: Apache-2.0

/// A request target in its parts (RFC 9112 §3.2), checked and decoded.
package struct RequestTarget {
    /// The path with percent escapes decoded.
    package let path: String
    /// The path as it was sent.
    package let rawPath: String
    /// What stands behind the question mark, still escaped.
    package let query: String
    /// Host and port of an absolute form; `nil` for the other forms.
    package let authority: String?

    /// - Returns: `nil` for a target that is no path or absolute URI, has bytes outside ASCII or control characters,
    ///   or whose escapes are incomplete or do not make UTF-8 (or make a NUL).
    package init?(_ target: String) {
        guard target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else { return nil }
        guard let (authority, origin) = Self.split(target) else { return nil }
        self.authority = authority.map(String.init)
        let split = origin.utf8.firstIndex(of: UInt8(ascii: "?"))
        let rawPath = origin[..<(split ?? origin.endIndex)]
        guard let path = Self.decode(rawPath) else { return nil }
        self.path = path
        self.rawPath = String(rawPath)
        query = split.map { String(origin[origin.utf8.index(after: $0)...]) } ?? ""
    }

    /// Takes scheme and authority of an absolute form off (RFC 9112 §3.2.2).
    private static func split(_ target: String) -> (authority: Substring?, origin: Substring)? {
        if target.utf8.first == UInt8(ascii: "/") || target == "*" { return (nil, target[...]) }
        let lower = target.prefix(8).lowercased()
        let schemeLength = lower.hasPrefix("http://") ? 7 : lower.hasPrefix("https://") ? 8 : 0
        guard schemeLength > 0 else { return nil }
        let rest = target.dropFirst(schemeLength)
        let end = rest.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard isAuthority(rest[..<end]), end != rest.startIndex else { return nil }
        let origin = rest[end...]
        return (rest[..<end], origin.utf8.first == UInt8(ascii: "/") ? origin : "/" + origin)
    }

    /// Whether a text can be host and port (RFC 3986 §3.2.2); user information is refused (RFC 9110 §4.2.4).
    package static func isAuthority(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: "-._~!$&'()*+,;=%:[]".utf8.contains(byte)
            }
        }
    }

    private static func decode(_ path: Substring) -> String? {
        guard path.utf8.contains(UInt8(ascii: "%")) else { return String(path) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.utf8.count)
        var rest = path.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue),
                high != 0 || low != 0
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
