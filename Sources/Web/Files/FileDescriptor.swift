// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// An open file; closed with the last reference. Everything here blocks: call it on NIO's pool.
final class FileDescriptor: Sendable {
    let number: Int32

    /// Takes over an open descriptor.
    init(owning number: Int32) {
        self.number = number
    }

    deinit { close(number) }

    /// Reads a part; fewer bytes only where the file ends. Nil after an error.
    func read(at offset: Int, count: Int) -> ByteBuffer? {
        var bytes = ByteBufferAllocator().buffer(capacity: count)
        while bytes.readableBytes < count {
            let missing = count - bytes.readableBytes
            let place = off_t(offset + bytes.readableBytes)
            var got = 0
            bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { free in
                got = pread(number, free.baseAddress, min(free.count, missing), place)
                return max(0, got)
            }
            if got == 0 { break }
            if got < 0, errno != EINTR { return nil }
        }
        return bytes
    }

    /// Writes all bytes. False after an error, such as a full disk.
    func write(_ bytes: ByteBuffer, at offset: Int) -> Bool {
        bytes.withUnsafeReadableBytes { bytes in
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = pwrite(number, rest.baseAddress, rest.count, off_t(offset + done))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
