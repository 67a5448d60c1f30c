// SPDX-License-Identifier: Apache-2.0

/// A host and port as in a `Host` field (RFC 9110 §7.2), in lower case and without a final dot.
struct HostAndPort: Sendable, Hashable {
    let host: String
    let port: Int?

    /// Reads a host; nil for what is none. The bytes allowed are Django's, and the underscore of container names.
    init?(_ text: String) {
        let bytes = Array(text.lowercased().utf8)
        guard !bytes.isEmpty, bytes.count <= 255 + 6 else { return nil }
        var end = bytes.endIndex
        if bytes[0] == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")), close > 2 else { return nil }
            end = close + 1
            guard bytes[1..<close].allSatisfy(Self.isIPv6Byte) else { return nil }
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            guard end > 0, bytes[..<end].allSatisfy(Self.isNameByte) else { return nil }
        }
        if end == bytes.endIndex {
            port = nil
        } else {
            let digits = bytes[(end + 1)...]
            guard bytes[end] == UInt8(ascii: ":"), (1...5).contains(digits.count),
                digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = UInt16(String(decoding: digits, as: UTF8.self))
            else { return nil }
            port = Int(number)
        }
        var name = bytes[..<end]
        if name.last == UInt8(ascii: ".") { name.removeLast() }
        guard !name.isEmpty else { return nil }
        host = String(decoding: name, as: UTF8.self)
    }

    private static func isIPv6Byte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "."): true
        default: false
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// Django's pattern of a host: `example.com`, `.example.com` (that and all below it) or `*`.
struct HostPattern: Sendable, Hashable {
    private let pattern: String

    init(_ pattern: String) {
        self.pattern = pattern.lowercased()
    }

    /// Whether a host in lower case fits (Django's `is_same_domain`). Any other star is no pattern and fits nothing.
    func matches(_ host: String) -> Bool {
        if pattern == "*" || pattern == host { return true }
        guard pattern.utf8.first == UInt8(ascii: ".") else { return false }
        return host.hasSuffix(pattern) || host == pattern.dropFirst()
    }
}
