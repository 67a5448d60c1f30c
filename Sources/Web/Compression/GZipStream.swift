// SPDX-License-Identifier: Apache-2.0

import CZlib
import NIOCore

/// zlib's compressor in the gzip format (RFC 1952).
///
/// @unchecked Sendable: it has one user at a time, which takes it out of ``GZipContexts`` and gives it back.
final class GZipStream: @unchecked Sendable {
    /// zlib keeps a pointer to it, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let header: UnsafeMutablePointer<gz_header>

    /// Nil when there is no memory.
    init?(level: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        header = .allocate(capacity: 1)
        header.initialize(to: gz_header())
        // Behind a failure `deinit` runs too; zlib has freed its part and knows the stream no more.
        guard czlib_gzip_init(stream, Int32(level)) == Z_OK else { return nil }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        header.deallocate()
    }

    /// Forgets all that was compressed.
    func reset() {
        deflateReset(stream)
        deflateSetHeader(stream, nil)
    }

    /// Compresses bytes and ends with them; nil when the result would have as many bytes or more.
    ///
    /// - Parameter padding: how many bytes that mean nothing stand in the header, as a file name.
    func whole(_ bytes: ByteBuffer, padding: Int) -> ByteBuffer? {
        // No result grows beyond what it would save.
        write(bytes, flush: Z_FINISH, padding: padding, limit: bytes.readableBytes)
    }

    /// Compresses a piece so that its reader can read all of it.
    ///
    /// - Parameter padding: as in ``whole(_:padding:)``; for the first piece.
    func piece(_ bytes: ByteBuffer, padding: Int) -> ByteBuffer {
        write(bytes, flush: Z_SYNC_FLUSH, padding: padding, limit: .max) ?? ByteBuffer()
    }

    /// Compresses the last piece.
    func end(_ bytes: ByteBuffer, padding: Int) -> ByteBuffer {
        write(bytes, flush: Z_FINISH, padding: padding, limit: .max) ?? ByteBuffer()
    }

    private func write(_ bytes: ByteBuffer, flush: Int32, padding: Int, limit: Int) -> ByteBuffer? {
        var out = ByteBuffer()
        var name = padding > 0 ? [UInt8](repeating: UInt8(ascii: "a"), count: padding) + [0] : []
        // The header goes out with the first bytes, so nobody looks at the name afterwards.
        let isComplete = name.withUnsafeMutableBufferPointer { name in
            if name.count > 0 {
                header.pointee = gz_header()
                header.pointee.os = 255
                header.pointee.name = name.baseAddress
                deflateSetHeader(stream, header)
            }
            return bytes.withUnsafeReadableBytes { deflateAll($0, flush: flush, into: &out, limit: limit) }
        }
        return isComplete ? out : nil
    }

    /// False over the limit.
    private func deflateAll(
        _ bytes: UnsafeRawBufferPointer, flush: Int32, into out: inout ByteBuffer, limit: Int
    ) -> Bool {
        // zlib reads through the pointer and never writes.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        defer { stream.pointee.next_in = nil }
        repeat {
            let room = min(max(out.readableBytes, bytes.count / 3, 256), 64 << 10)
            out.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
                stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(clamping: space.count)
                _ = deflate(stream, flush)
                return min(space.count, Int(UInt32.max)) - Int(stream.pointee.avail_out)
            }
            if out.readableBytes >= limit { return false }
        } while stream.pointee.avail_out == 0
        return true
    }
}
