// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An append-only file of lines, which several processes may share. Every call blocks, so it is used on a thread of its
/// own.
final class MessageFile {
    /// No line is longer than this, in bytes; a text of 4,000 characters is at most 24,000 when each one is escaped.
    static let longestLine = 65_536

    /// Bytes that are known: whole lines that were read or written here.
    private(set) var end = 0
    let path: String
    private let descriptor: Int32

    /// Opens the file, and makes it when there is none (mode 0600).
    init(path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("open", path) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        _ = close(descriptor)
    }

    /// Runs while no other process writes.
    func locked<Result>(_ body: () throws -> Result) throws -> Result {
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw StoreError.system("lock", path) }
        }
        defer { _ = flock(descriptor, LOCK_UN) }
        return try body()
    }

    /// Whether there is more in the file than is known.
    var hasGrown: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && Int(status.st_size) > end
    }

    /// Reads the lines that are not known yet, in order, with the place of each. A last line without its line break is
    /// the trace of a crash in the middle of a write that nobody was told of: it is cut off. To be called ``locked(_:)``.
    ///
    /// - Returns: the bytes that were cut off.
    func readOn(
        _ line: (_ bytes: ArraySlice<UInt8>, _ offset: Int) throws(StoreError) -> Void
    ) throws(StoreError) -> Int {
        var rest: [UInt8] = []
        while true {
            let piece = try read(at: end + rest.count, count: 1 << 20)
            if piece.isEmpty { break }
            rest += piece
            var start = 0
            while let lineBreak = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                try line(rest[start..<lineBreak], end + start)
                start = lineBreak + 1
            }
            end += start
            rest.removeFirst(start)
            guard rest.count <= Self.longestLine else {
                throw StoreError(.corrupt, "'\(path)' holds a line that is no message, at byte \(end)")
            }
        }
        if !rest.isEmpty { try cut() }
        return rest.count
    }

    /// Writes whole lines at the end, and returns when they are on the disk. After an error the file is as it was. To be
    /// called ``locked(_:)``, when all before them is known.
    func append(_ lines: [UInt8]) throws(StoreError) {
        do throws(StoreError) {
            var written = 0
            while written < lines.count {
                let count = lines[written...].withUnsafeBytes {
                    pwrite(descriptor, $0.baseAddress, $0.count, off_t(end + written))
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw .system("write", path) }
                written += count
            }
            guard fsync(descriptor) == 0 else { throw .system("write", path) }
        } catch {
            try cut()
            throw error
        }
        end += lines.count
    }

    /// The line that begins at a place, without its line break.
    func line(at offset: Int) throws(StoreError) -> ArraySlice<UInt8> {
        var bytes: [UInt8] = []
        while bytes.count < Self.longestLine {
            let piece = try read(at: offset + bytes.count, count: 1_024)
            if piece.isEmpty { break }
            bytes += piece
            if let lineBreak = bytes[(bytes.count - piece.count)...].firstIndex(of: UInt8(ascii: "\n")) {
                return bytes[..<lineBreak]
            }
        }
        throw StoreError(.corrupt, "'\(path)' holds no message at byte \(offset)")
    }

    /// Takes away what stands behind the last whole line.
    private func cut() throws(StoreError) {
        guard ftruncate(descriptor, off_t(end)) == 0 else { throw .system("shorten", path) }
    }

    private func read(at offset: Int, count: Int) throws(StoreError) -> [UInt8] {
        while true {
            var failed = false
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                let result = pread(descriptor, buffer.baseAddress, count, off_t(offset))
                failed = result < 0
                filled = max(0, result)
            }
            if !failed { return bytes }
            guard errno == EINTR else { throw .system("read", path) }
        }
    }
}
