// SPDX-License-Identifier: Apache-2.0

import Glibc
import SluiceCrypto

/// Why a file of secrets could not be used.
public struct SecretFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Sendable, Hashable {
        enum Value: Sendable { case unreadable, unwritable, exposed, malformed }

        let value: Value

        /// The file exists but cannot be read, or is no regular file.
        public static let unreadable = Self(value: .unreadable)
        /// The file cannot be made.
        public static let unwritable = Self(value: .unwritable)
        /// Others than the owner may read or write the file.
        public static let exposed = Self(value: .exposed)
        /// The file has no line with a secret of at least 32 characters.
        public static let malformed = Self(value: .malformed)
    }

    /// The kind of failure.
    public let code: Code
    /// One line for a terminal; it holds no secret.
    public let description: String
}

extension SecretKeys {
    /// How short a line of the file may be, in bytes.
    private static var shortestSecret: Int { 32 }
    /// How long the file may be, in bytes.
    private static var fileLimit: Int { 65_536 }

    /// Reads a file of secrets, one a line and the one that signs first; makes it when it is not there, with 64 random
    /// bytes in base64url and mode 0600, and the folder that it lies in with mode 0700.
    ///
    /// To change the secret put a new line before the old one, and remove the old one after the longest age of what it
    /// signed. Two processes that start at once use the same file.
    ///
    /// - Throws: ``SecretFileError``, which says what to do.
    public init(file path: String) throws(SecretFileError) {
        if let text = try Self.read(path) {
            self.init(try Self.secrets(in: text, path: path))
            return
        }
        try Self.create(path)
        guard let text = try Self.read(path) else {
            throw Self.failed(.unreadable, path, "was removed while it was made")
        }
        self.init(try Self.secrets(in: text, path: path))
    }

    private static func secrets(in text: [UInt8], path: String) throws(SecretFileError) -> [[UInt8]] {
        let lines = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.map(Array.init)
        guard !lines.isEmpty, lines.allSatisfy({ $0.count >= shortestSecret }) else {
            throw failed(.malformed, path, "must hold one secret a line, each of at least \(shortestSecret) characters")
        }
        return lines
    }

    /// The file's content; nil when there is no file.
    private static func read(_ path: String) throws(SecretFileError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failed(.unreadable, path, "cannot be read: \(systemMessage())")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failed(.unreadable, path, "is no regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw failed(.exposed, path, "has mode \(mode), so others can use it: chmod 600 it, or make a new secret")
        }
        var bytes = [UInt8](repeating: 0, count: fileLimit)
        var count = 0
        while count < fileLimit {
            let got = bytes.withUnsafeMutableBytes { buffer in
                readUninterrupted(file, UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            }
            guard got >= 0 else { throw failed(.unreadable, path, "cannot be read: \(systemMessage())") }
            if got == 0 { break }
            count += got
        }
        guard count < fileLimit else { throw failed(.malformed, path, "is longer than \(fileLimit) bytes") }
        return Array(bytes[..<count])
    }

    /// Writes the file beside its place and links it there: whoever comes first wins, and nobody reads half a file.
    private static func create(_ path: String) throws(SecretFileError) {
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex {
            // Whether it was there before or cannot be made, the next call tells.
            mkdir(String(path[..<slash]), 0o700)
        }
        let temporary = "\(path).\(SecureRandom.token(byteCount: 9))"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failed(.unwritable, path, "cannot be made: \(systemMessage())") }
        defer { unlink(temporary) }
        let line = Array((SecureRandom.token(byteCount: 64) + "\n").utf8)
        let isWritten =
            fchmod(file, 0o600) == 0 && line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == line.count
            && fsync(file) == 0
        let reason = isWritten ? "" : systemMessage()
        close(file)
        guard isWritten else { throw failed(.unwritable, path, "cannot be written: \(reason)") }
        guard link(temporary, path) == 0 || errno == EEXIST else {
            throw failed(.unwritable, path, "cannot be made: \(systemMessage())")
        }
    }

    private static func systemMessage() -> String {
        strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
    }

    private static func failed(_ code: SecretFileError.Code, _ path: String, _ problem: String) -> SecretFileError {
        SecretFileError(code: code, description: "the secret file '\(path)' \(problem)")
    }
}

/// One read of the system, started again when a signal interrupts it.
private func readUninterrupted(_ file: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
        let count = read(file, buffer.baseAddress, buffer.count)
        if count >= 0 || errno != EINTR { return count }
    }
}
