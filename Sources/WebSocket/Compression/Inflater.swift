// SPDX-License-Identifier: Apache-2.0

import CZlib
import NIOCore

/// zlib's decompressor of raw DEFLATE (RFC 1951), a piece at a time (RFC 7692 §7.2.2).
final class Inflater {
    /// 9...15: some compressors that say 8 use 9, as zlib has long done.
    let windowBits: Int
    /// zlib keeps a pointer to it, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether the last block said that it was the last, and nothing has come behind it yet (§7.2.3.4).
    private var isBehindFinalBlock = false

    /// Nil when there is no memory.
    init?(windowBits: Int) {
        self.windowBits = Self.windowBits(for: windowBits)
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Behind a failure `deinit` runs too; zlib has freed its part and knows the stream no more.
        guard czlib_inflate_init(stream, Int32(self.windowBits)) == Z_OK else { return nil }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// The window in which a peer's messages are decompressed that may refer back by as many bits.
    static func windowBits(for maxWindowBits: Int) -> Int { max(9, maxWindowBits) }

    /// Forgets all messages before.
    func reset() {
        inflateReset(stream)
        isBehindFinalBlock = false
    }

    /// Appends what a piece of a compressed message says. It is cut as soon as `out` would have more than `limit`
    /// readable bytes.
    func inflate(
        _ piece: UnsafeRawBufferPointer, into out: inout ByteBuffer, limit: Int
    ) throws(WebSocketError) {
        // zlib reads through the pointer and never writes.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: piece.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(piece.count)
        defer { stream.pointee.next_in = nil }
        while true {
            if isBehindFinalBlock {
                guard stream.pointee.avail_in > 0 else { return }
                // Blocks behind a final one go on with its window (§7.2.3.4), which `inflateReset` would empty.
                inflateResetKeep(stream)
                isBehindFinalBlock = false
            }
            let size = out.readableBytes
            // In proportion to what has come, and one byte more than allowed, to see that there is more.
            let wanted = min(max(4 * Int(stream.pointee.avail_in), size, 64), 64 << 10, limit - size + 1)
            var result = Z_OK
            out.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
                let room = min(bytes.count, limit - size + 1)
                stream.pointee.next_out = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(room)
                result = CZlib.inflate(stream, Z_SYNC_FLUSH)
                return room - Int(stream.pointee.avail_out)
            }
            guard out.readableBytes <= limit else {
                out.moveWriterIndex(to: out.writerIndex - 1)
                throw .messageTooLarge(limit: limit)
            }
            switch result {
            case Z_STREAM_END: isBehindFinalBlock = true
            // Nothing could be done: all is read and written.
            case Z_OK, Z_BUF_ERROR: if stream.pointee.avail_out > 0 { return }
            case Z_MEM_ERROR: throw .noMemory
            default: throw .invalidDeflateData
            }
        }
    }

    /// Ends a message: what its sender has cut off is put back, and what came must be whole blocks (§7.2.2).
    func finishMessage(into out: inout ByteBuffer, limit: Int) throws(WebSocketError) {
        let tail: (UInt8, UInt8, UInt8, UInt8) = (0x00, 0x00, 0xFF, 0xFF)
        try withUnsafeBytes(of: tail) { bytes throws(WebSocketError) in
            try inflate(bytes, into: &out, limit: limit)
        }
        // 128: between blocks, 64: in the last one; below: how many bits of the last byte are left over.
        guard !isBehindFinalBlock, stream.pointee.data_type & 0xFF == 0x80 else { throw .invalidDeflateData }
    }
}
