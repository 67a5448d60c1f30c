// SPDX-License-Identifier: Apache-2.0

extension UInt8 {
    /// Whether the byte may stand in a token (RFC 9110 §5.6.2): letters, digits and ``!#$%&'*+-.^_`|~``.
    var isTokenByte: Bool {
        // One bit a byte: two words that stay in registers, instead of a table in memory.
        if self < 64 { return 0x03FF_6CFA_0000_0000 as UInt64 >> UInt64(self) & 1 == 1 }
        return self < 128 && 0x57FF_FFFF_C7FF_FFFE as UInt64 >> UInt64(self - 64) & 1 == 1
    }

    /// Whether the byte may stand in a field value (RFC 9110 §5.5): no control character but the tab.
    var isValueByte: Bool {
        self >= 0x20 && self != 0x7F || self == 0x09
    }

    /// Whether the byte is a space or a tab.
    var isBlank: Bool {
        self == 0x20 || self == 0x09
    }

    var isDigit: Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= self
    }

    /// The value of a hexadecimal digit; `nil` for another byte.
    var hexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The byte in lower case, if it is an ASCII letter.
    var lowercased: UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self
    }
}

extension UnsafeRawBufferPointer {
    /// The part of the bytes in a range.
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }

    /// The bytes without spaces and tabs at both ends (RFC 9110 §5.6.3).
    var trimmed: UnsafeRawBufferPointer {
        var (start, end) = (0, count)
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return part(start..<end)
    }

    /// Whether the bytes are a lower-case ASCII text, in any case.
    func matches(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index].lowercased != text.utf8Start[index] { return false }
        return true
    }
}
