// SPDX-License-Identifier: Apache-2.0

import NIOCore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The file of a unix socket that we are bound to.
struct UnixSocket: Sendable {
    let path: String
    private let device: UInt64
    private let inode: UInt64

    private static let backlog: Int32 = 4_096

    /// Binds and listens.
    ///
    /// - Parameter takesOver: whether a socket that is served already is replaced, without a moment in which nobody is
    ///   there; its listener keeps what it has accepted.
    /// - Returns: the descriptor too, which the caller owns.
    /// - Throws: `IOError`.
    static func listening(at path: String, mode: UInt16, takesOver: Bool) throws -> (
        socket: UnixSocket, descriptor: Int32
    ) {
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else { throw IOError(errnoCode: EEXIST, reason: "bind") }
            if isServed(path) {
                guard takesOver else { throw IOError(errnoCode: EADDRINUSE, reason: "bind") }
                let next = path + ".next"
                unlink(next)
                return try bound(at: next, mode: mode, renamedTo: path)
            }
            unlink(path)
        }
        return try bound(at: path, mode: mode, renamedTo: nil)
    }

    /// Removes the file, unless it is another process's by now.
    func remove() {
        var status = stat()
        guard lstat(path, &status) == 0, UInt64(status.st_dev) == device, UInt64(status.st_ino) == inode else { return }
        unlink(path)
    }

    private static func bound(
        at path: String, mode: UInt16, renamedTo name: String?
    ) throws -> (socket: UnixSocket, descriptor: Int32) {
        let descriptor = try makeSocket()
        do {
            try check("bind") { withAddress(of: path) { bind(descriptor, $0, $1) } }
            try check("chmod") { chmod(path, mode_t(mode)) }
            try check("listen") { listen(descriptor, backlog) }
            if let name { try check("rename") { rename(path, name) } }
            var status = stat()
            try check("stat") { lstat(name ?? path, &status) }
            let socket = UnixSocket(
                path: name ?? path, device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
            return (socket, descriptor)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Whether somebody answers: what nobody does is left over.
    private static func isServed(_ path: String) -> Bool {
        guard let descriptor = try? makeSocket() else { return false }
        defer { close(descriptor) }
        // A full backlog is somebody too.
        return withAddress(of: path) { connect(descriptor, $0, $1) } == 0 || errno == EAGAIN
    }

    private static func makeSocket() throws -> Int32 {
        #if os(Linux)
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        return descriptor
    }

    private static func check(_ call: String, _ body: () -> Int32) throws {
        guard body() == 0 else { throw IOError(errnoCode: errno, reason: call) }
    }

    /// - Returns: −1 with `ENAMETOOLONG` for a path that does not fit.
    private static func withAddress(
        of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { space in
            guard bytes.count < space.count else { return false }
            space.copyBytes(from: bytes)
            return true
        }
        guard fits else {
            errno = ENAMETOOLONG
            return -1
        }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
