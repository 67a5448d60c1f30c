// SPDX-License-Identifier: Apache-2.0

/// A request target in its parts (RFC 9112 §3.2), checked and decoded.
package struct RequestTarget {
    /// The path with percent escapes decoded.
    package let path: String
    /// The path as it was sent.
    package let rawPath: String
    /// What stands behind the question mark, still escaped.
    package let query: String

    /// - Returns: `nil` for a target that is no path or absolute URI, has bytes outside ASCII or control characters,
    ///   or whose escapes are incomplete or do not make UTF-8 (or make a NUL).
    package init?(_ target: String) {
        guard target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else { return nil }
        guard let origin = Self.originForm(target) else { return nil }
        let split = origin.utf8.firstIndex(of: UInt8(ascii: "?"))
        let rawPath = origin[..<(split ?? origin.endIndex)]
        guard let path = Self.decode(rawPath) else { return nil }
        self.path = path
        self.rawPath = String(rawPath)
        query = split.map { String(origin[origin.utf8.index(after: $0)...]) } ?? ""
    }

    /// The origin form, with the scheme and authority of an absolute form taken off (RFC 9112 §3.2.2).
    private static func originForm(_ target: String) -> Substring? {
        if target.utf8.first == UInt8(ascii: "/") { return target[...] }
        if target == "*" { return target[...] }
        let lower = target.prefix(8).lowercased()
        let schemeLength = lower.hasPrefix("http://") ? 7 : lower.hasPrefix("https://") ? 8 : 0
        guard schemeLength > 0 else { return nil }
        let rest = target.dropFirst(schemeLength)
        guard let first = rest.utf8.first, first != UInt8(ascii: "/"), first != UInt8(ascii: "?") else { return nil }
        guard let end = rest.utf8.firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }) else {
            return "/"
        }
        return rest[end...].first == "/" ? rest[end...] : "/" + rest[end...]
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
