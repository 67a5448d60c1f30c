// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// The four bytes that a client XORs over a payload (RFC 6455 §5.3). Masking keeps attackers from writing bytes of
/// their choice through intermediaries; it hides nothing.
public struct MaskingKey: Hashable, Sendable {
    /// The key's four bytes in wire order, read as a little-endian integer.
    let bits: UInt32

    init(bits: UInt32) {
        self.bits = bits
    }

    /// A new unpredictable key from the system's generator, as each frame needs its own (RFC 6455 §10.3).
    public static func random() -> MaskingKey {
        var generator = SystemRandomNumberGenerator()
        return MaskingKey(bits: generator.next())
    }

    /// The key as it applies `count` bytes further on in the payload.
    func advanced(by count: Int) -> MaskingKey {
        let shift = UInt32(truncatingIfNeeded: count & 3) &* 8
        return MaskingKey(bits: (bits &>> shift) | (bits &<< (32 &- shift)))
    }

    /// Masks or unmasks `bytes` in place. The first byte is XORed with the first byte of the key.
    func apply(to bytes: UnsafeMutableRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        let count = bytes.count
        let twice = UInt64(bits) | UInt64(bits) &<< 32
        // On every host the word's first byte in memory is the key's first byte.
        let word = twice.littleEndian
        var offset = 0
        while offset &+ 8 <= count {
            let value = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            base.storeBytes(of: value ^ word, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        // Up to 7 bytes; `offset` is a multiple of 8, so they start at phase 0 of the key.
        var rest = twice
        while offset < count {
            let value = base.load(fromByteOffset: offset, as: UInt8.self)
            base.storeBytes(of: value ^ UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
            rest &>>= 8
            offset &+= 1
        }
    }

    /// Masks or unmasks `length` bytes of `buffer` from `index` on, in place. The storage is copied first if it is
    /// shared. A range that is not readable in full is cut to what is.
    public func apply(to buffer: inout ByteBuffer, at index: Int, length: Int) {
        let start = index - buffer.readerIndex
        guard start >= 0, length > 0 else { return }
        buffer.withUnsafeMutableReadableBytes { bytes in
            guard start < bytes.count else { return }
            let end = start + min(length, bytes.count - start)
            apply(to: UnsafeMutableRawBufferPointer(rebasing: bytes[start..<end]))
        }
    }
}
