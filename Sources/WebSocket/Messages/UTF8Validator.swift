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
                offset = Self.skipScalars(base, from: offset, count: count)
                guard offset < count else { break }
            }
            // What the fast paths stop at: a scalar near the end or cut by it, and whatever is invalid.
            guard step(base.load(fromByteOffset: offset, as: UInt8.self)) else { return false }
            offset &+= 1
        }
        return true
    }

    /// The index of the first byte at or after `start` that is not ASCII, 8 bytes at a time.
    private static func skipASCII(_ base: UnsafeRawPointer, from start: Int, count: Int) -> Int {
        var offset = start
        while offset &+ 8 <= count {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let marks = word & 0x8080_8080_8080_8080
            guard marks == 0 else { return offset &+ marks.trailingZeroBitCount / 8 }
            offset &+= 8
        }
        while offset < count, base.load(fromByteOffset: offset, as: UInt8.self) < 0x80 {
            offset &+= 1
        }
        return offset
    }

    /// Skips valid scalars of several bytes, a scalar at a time, while four bytes can be read.
    private static func skipScalars(_ base: UnsafeRawPointer, from start: Int, count: Int) -> Int {
        var offset = start
        while offset &+ 4 <= count {
            // The first byte is the lowest: each mask below reads from right to left.
            let word = UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            if word & 0xC0_C0F0 == 0x80_80E0 {
                // The scalar's top five bits: 0 would be overlong, 27 a surrogate.
                let top = (word & 0x0F) &<< 1 | (word &>> 13) & 0x1
                guard top != 0, top != 0x1B else { break }
                offset &+= 3
            } else if word & 0xC0E0 == 0x80C0 {
                guard word & 0x1E != 0 else { break }
                offset &+= 2
            } else if word & 0xC0C0_C0F8 == 0x8080_80F0 {
                // The scalar's plane: 0 would be overlong, above 16 there is none.
                let plane = (word & 0x07) &<< 2 | (word &>> 12) & 0x3
                guard plane >= 1, plane <= 16 else { break }
                offset &+= 4
            } else {
                break
            }
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
