// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// A regular file that is open for reading, with what was known of it when it was opened.
struct OpenedFile: Sendable {
    private let descriptor: FileDescriptor
    /// The length in bytes.
    let size: Int
    /// When the content changed, in seconds since 1970 and nanoseconds.
    let modified: (seconds: Int64, nanoseconds: Int)

    /// Opens a file below a folder; nil when there is none, or only outside of it or hidden. Blocks.
    init?(folder: String, path: StaticPath) {
        guard let number = Self.open(path.components, below: folder) else { return nil }
        self.init(owning: number)
    }

    /// Opens any file; nil when there is none that is regular. Blocks.
    init?(path: String) {
        self.init(owning: Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
    }

    private init?(owning number: Int32) {
        guard number >= 0 else { return nil }
        descriptor = FileDescriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        size = Int(status.st_size)
        modified = (Int64(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
    }

    /// Reads a part; fewer bytes only where the file ends. Nil after an error. Blocks.
    func read(at offset: Int, count: Int) -> ByteBuffer? {
        descriptor.read(at: offset, count: count)
    }

    /// Walks down from the folder without following any link. Where a link is in the way, the path that it leads to is
    /// walked instead, if that lies in the folder: so a link, even one exchanged at this moment, never leads out of it.
    private static func open(_ components: [String], below folder: String) -> Int32? {
        switch walk(components, below: folder) {
        case .opened(let descriptor): return descriptor
        case .missing: return nil
        case .link:
            guard let root = resolved(folder), let target = resolved(folder + "/" + components.joined(separator: "/")),
                target.hasPrefix(root + "/"), let path = StaticPath(String(target.dropFirst(root.count + 1))),
                case .opened(let descriptor) = walk(path.components, below: root)
            else { return nil }
            return descriptor
        }
    }

    private enum Walk {
        case opened(Int32)
        case missing
        case link
    }

    private static func walk(_ components: [String], below folder: String) -> Walk {
        var current = openFolder(folder)
        for (index, component) in components.enumerated() {
            guard current >= 0 else { break }
            // O_NONBLOCK: opening a pipe would wait for its writer.
            let kind = index == components.count - 1 ? O_NONBLOCK : O_DIRECTORY
            let next = openat(current, component, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
            let error = errno
            close(current)
            current = next
            // A link is ELOOP, and ENOTDIR where a directory was wanted.
            if next < 0 { return error == ELOOP || error == ENOTDIR ? .link : .missing }
        }
        return current >= 0 ? .opened(current) : .missing
    }

    private static func openFolder(_ path: String) -> Int32 {
        Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
