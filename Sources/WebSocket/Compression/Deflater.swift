// SPDX-License-Identifier: Apache-2.0

import CZlib
import NIOCore

/// zlib's compressor of raw DEFLATE (RFC 1951), one message at a time (RFC 7692 §7.2.1).
final class Deflater {
    /// zlib keeps a pointer to it, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// What every compressed message ends with before it is cut off (§7.2.1).
    private static let tail = 4
    /// Room for zlib to end a flush in: with less it would begin another one.
    private static let minimumRoom = 64

    /// Nil when there is no memory.
    ///
    /// - Parameter windowBits: 8...15. zlib has no window of 8 bits here; with 9 it refers back by 250 bytes at most
    ///   (the window less `MIN_LOOKAHEAD`), which the peer's window of 256 bytes holds.
    init?(windowBits: Int, level: Int, memoryLevel: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Behind a failure `deinit` runs too; zlib has freed its part and knows the stream no more.
        let result = czlib_deflate_init(
            stream, Int32(level), Int32(Self.windowBits(for: windowBits)), Int32(memoryLevel))
        guard result == Z_OK else { return nil }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The window to compress with for a peer that can refer back by as many bits.
    static func windowBits(for maxWindowBits: Int) -> Int { max(9, maxWindowBits) }

    /// Forgets all messages before.
    func reset() {
        deflateReset(stream)
    }

    /// Appends `message`, compressed, without the tail; false, and `out` as it was, if it would take more than `limit`
    /// bytes: then the compressor must be reset.
    func compress(_ message: UnsafeRawBufferPointer, into out: inout ByteBuffer, limit: Int) -> Bool {
        let start = out.writerIndex
        // zlib reads through the pointer and never writes.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: message.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(message.count)
        defer { stream.pointee.next_in = nil }
        repeat {
            let written = out.writerIndex - start
            let room = min(max(written, message.count / 4, Self.minimumRoom), 64 << 10)
            var result = Z_OK
            out.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { bytes in
                stream.pointee.next_out = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(clamping: bytes.count)
                result = deflate(stream, Z_SYNC_FLUSH)
                return min(bytes.count, Int(UInt32.max)) - Int(stream.pointee.avail_out)
            }
            guard result == Z_OK || result == Z_BUF_ERROR, out.writerIndex - start - Self.tail <= limit else {
                out.moveWriterIndex(to: start)
                return false
            }
        } while stream.pointee.avail_out == 0
        out.moveWriterIndex(to: max(start, out.writerIndex - Self.tail))
        return true
    }
}
