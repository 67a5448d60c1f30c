// SPDX-License-Identifier: Apache-2.0

/// Checks UTF-8 (RFC 3629) piece by piece and fails at the first byte that no valid text can have at its place.
struct UTF8Validator: Sendable {
    /// How many continuation bytes the scalar that was cut still needs.
    private var needed: UInt8 = 0
    /// The range of its next byte; narrower than 80...BF right after E0, ED, F0 and F4, which rules out overlong forms,
    /// surrogates and scalars above U+10FFFF.
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    /// Whether the text so far ends at the end of a scalar.
    var isComplete: Bool { needed == 0 }

    /// Takes the next bytes of the text; false as soon as it cannot be valid, and then the validator is spent.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        let count = bytes.count
        var offset = 0
        while offset < count {
            if needed == 0 {
                offset = Self.skipASCII(base, from: offset, count: count)
                guard offset < count else { break }
            }
            guard step(base.load(fromByteOffset: offset, as: UInt8.self)) else { return false }
            offset &+= 1
        }
        return true
    }

    /// The index of the first byte at or after `start` that is not ASCII.
    private static func skipASCII(_ base: UnsafeRawPointer, from start: Int, count: Int) -> Int {
        var offset = start
        while offset &+ 8 <= count,
            base.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            offset &+= 8
        }
        while offset < count, base.load(fromByteOffset: offset, as: UInt8.self) < 0x80 {
            offset &+= 1
        }
        return offset
    }

    /// One byte through the table of well-formed sequences (Unicode 3.9, table 3-7; RFC 3629 §4).
    private mutating func step(_ byte: UInt8) -> Bool {
        if needed > 0 {
            guard byte >= low, byte <= high else { return false }
            needed &-= 1
            (low, high) = (0x80, 0xBF)
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: needed = 1
        case 0xE0: (needed, low) = (2, 0xA0)
        case 0xE1...0xEC, 0xEE...0xEF: needed = 2
        case 0xED: (needed, high) = (2, 0x9F)
        case 0xF0: (needed, low) = (3, 0x90)
        case 0xF1...0xF3: needed = 3
        case 0xF4: (needed, high) = (3, 0x8F)
        default: return false
        }
        return true
    }
}
