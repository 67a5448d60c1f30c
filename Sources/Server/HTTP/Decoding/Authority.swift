// SPDX-License-Identifier: Apache-2.0

/// Host and port, as in `Host` and in an absolute target (RFC 3986 §3.2); without user information, which is refused
/// (RFC 9110 §4.2.4).
enum Authority {
    /// Whether the bytes are a host, with or without a port.
    ///
    /// - Parameter mayBeEmpty: an empty `Host` is right for a target without an authority (RFC 9110 §7.2).
    static func isValid(_ bytes: UnsafeRawBufferPointer, mayBeEmpty: Bool = false) -> Bool {
        guard let first = bytes.first else { return mayBeEmpty }
        guard bytes.count <= 255 + 6 else { return false }
        let end: Int
        if first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")), isAddress(bytes.part(1..<close)) else {
                return false
            }
            end = close + 1
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
            guard isName(bytes.part(0..<end)) else { return false }
        }
        return end == bytes.count || bytes[end] == UInt8(ascii: ":") && isPort(bytes.part(end + 1..<bytes.count))
    }

    /// A registered name or an IPv4 address: unreserved characters, sub-delimiters and percent escapes, but none of a
    /// control character: no name has one, and who reads the name unescaped could be split by it.
    private static func isName(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.count, let high = bytes[index + 1].hexValue,
                    let low = bytes[index + 2].hexValue,
                    high << 4 | low >= 0x20, high << 4 | low != 0x7F
                else { return false }
                index += 2
            } else if !isNameByte(byte) {
                return false
            }
            index += 1
        }
        return index > 0
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        // Token bytes but four, and four sub-delimiters that are not among them.
        switch byte {
        case UInt8(ascii: "#"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "%"): false
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="): true
        default: byte.isTokenByte
        }
    }

    /// What stands in brackets: an IPv6 address, roughly (RFC 3986 §3.2.2).
    private static func isAddress(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 2 && bytes.count <= 45 && bytes.contains(UInt8(ascii: ":"))
            && bytes.allSatisfy { $0.hexValue != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    }

    /// Digits of a number up to 65535; none is right too (RFC 3986 §3.2.3).
    private static func isPort(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count <= 5 && bytes.allSatisfy(\.isDigit)
            && bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 65_535
    }
}
