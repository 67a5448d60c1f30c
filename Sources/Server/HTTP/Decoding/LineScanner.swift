// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Finds lines, and looks at no byte twice however slowly they come.
///
/// A line ends with CR LF and with nothing else: a bare LF or CR, which a proxy in front might read otherwise, is
/// refused (RFC 9112 §2.2), and so is every other control character but the tab, as soon as it is there.
struct LineScanner {
    /// Bytes at the start of the line that comes, in which no line end was found.
    private var scanned = 0

    /// The line that begins at `start`, without its end; behind it lie two bytes to skip.
    ///
    /// - Returns: `nil` when the line's end is not there yet.
    mutating func line(
        in bytes: UnsafeRawBufferPointer, from start: Int
    ) throws(RequestRefusal) -> UnsafeRawBufferPointer? {
        let from = start + scanned
        guard let base = bytes.baseAddress, from < bytes.count else { return nil }
        guard let found = memchr(base + from, 0x0A, bytes.count - from) else {
            try checkControls(bytes.part(from..<bytes.count))
            // A CR is looked at again, with what comes behind it.
            scanned = bytes.count - start - (bytes[bytes.count - 1] == 0x0D ? 1 : 0)
            return nil
        }
        let end = base.distance(to: UnsafeRawPointer(found)) - 1
        guard end >= start, bytes[end] == 0x0D else { throw .malformed("a line ends with a bare LF") }
        scanned = 0
        return bytes.part(start..<end)
    }

    /// Control characters in a line that has not ended: no reason to wait for the rest.
    private func checkControls(_ bytes: UnsafeRawBufferPointer) throws(RequestRefusal) {
        for (index, byte) in bytes.enumerated() where !byte.isValueByte {
            guard byte == 0x0D, index == bytes.count - 1 else {
                throw .malformed("a line has a control character")
            }
        }
    }
}
