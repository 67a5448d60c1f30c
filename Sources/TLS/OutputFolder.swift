// SPDX-License-Identifier: Apache-2.0

import SluiceCrypto

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The folder of a file that is to be written; locked against other writers of this kind while the object lives.
final class OutputFolder {
    private let descriptor: Int32

    /// Makes the folder and those above it where they are missing, and waits for the lock.
    init(of path: String) throws(TLSError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try Self.make(folder.isEmpty ? "/" : folder)
        descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TLSError(.fileInaccessible, "\(folder): cannot be opened (\(systemError()))")
        }
        // A lock belongs to this one `open`, so it holds between threads too. Where a file system has none (some
        // network mounts), writers only lose the guarantee that all get the same result.
        while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
    }

    deinit { close(descriptor) }

    /// Writes a file that only its owner can read; readers see the old one or the new one, whole.
    func replace(_ path: String, with text: String) throws(TLSError) {
        let temporary = "\(path).\(SecureRandom.token(byteCount: 9))"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw TLSError(.fileInaccessible, "\(path): cannot be written (\(systemError()))") }
        let complete = Self.write(Array(text.utf8), to: file) && fsync(file) == 0
        // Closing may report what writing did not; either way the descriptor is gone.
        let closed = close(file) == 0
        guard complete, closed, rename(temporary, path) == 0 else {
            let cause = systemError()
            unlink(temporary)
            throw TLSError(.fileInaccessible, "\(path): cannot be written (\(cause))")
        }
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = systemWrite(file, part)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    private static func systemWrite(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(file, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
        Musl.write(file, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(file, bytes.baseAddress, bytes.count)
        #endif
    }

    private static func make(_ folder: String) throws(TLSError) {
        if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
        if errno == ENOENT, let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
            try make(String(folder[..<slash]))
            if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
        }
        throw TLSError(.fileInaccessible, "\(folder): cannot be made (\(systemError()))")
    }
}
