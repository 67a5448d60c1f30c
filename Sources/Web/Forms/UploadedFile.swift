// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTPTypes
public import NIOCore
import NIOPosix

/// A file that came with a form (Django's `UploadedFile`).
///
/// A small one is in memory, a larger one in a file without a name that goes with the last copy of this value, and so
/// with the request at the latest. Everything about it except ``size`` is what the client says.
public struct UploadedFile: Sendable {
    enum Content: Sendable {
        case memory(ByteBuffer)
        case disk(FileDescriptor)
    }

    /// The file's name: one component of at most 255 bytes that does not begin with a dot, without control characters.
    /// It says nothing about the content, and two files may have the same.
    public let name: String
    /// The media type that the client claims, such as `image/png`; never serve the file under it unchecked.
    public let contentType: String
    /// The size in bytes.
    public let size: Int
    let content: Content

    /// Reads the file.
    ///
    /// - Parameter limit: The most bytes, since they are all in memory then; default 2.5 MiB.
    /// - Throws: ``HTTPError`` 413 `too_large` over the limit, 500 `upload_failed` when the disk fails.
    public func read(upTo limit: Int = Request.defaultBodyLimit) async throws -> ByteBuffer {
        guard size <= limit else {
            throw HTTPError(.contentTooLarge, code: "too_large", "the file has \(size) bytes, the limit is \(limit)")
        }
        return try await read(0..<size)
    }

    /// Reads a part of the file, such as the first bytes that tell its type.
    ///
    /// - Parameter range: What is beyond the end of the file is left out.
    /// - Throws: ``HTTPError`` 500 `upload_failed` when the disk fails.
    public func read(_ range: Range<Int>) async throws -> ByteBuffer {
        let range = range.clamped(to: 0..<size)
        switch content {
        case .memory(let bytes):
            return bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
        case .disk(let file):
            let bytes = try await NIOThreadPool.singleton.runIfActive {
                file.read(at: range.lowerBound, count: range.count)
            }
            guard let bytes, bytes.readableBytes == range.count else {
                throw UploadedFile.failed("an uploaded file could not be read back")
            }
            return bytes
        }
    }

    /// Saves the file, off the event loop. It appears at the path when it is complete.
    ///
    /// - Parameters:
    ///   - path: Where to; its folder must exist. Choose it yourself: a client's ``name`` may be taken already.
    ///   - isReplacing: Whether a file that is there is replaced; default: it is an error.
    ///   - permissions: Default 0644, as Django's `FILE_UPLOAD_PERMISSIONS`.
    /// - Throws: ``HTTPError`` 500 `file_exists` or `upload_failed`.
    public func save(to path: String, isReplacing: Bool = false, permissions: UInt32 = 0o644) async throws {
        let error = try await NIOThreadPool.singleton.runIfActive { [content, size] in
            TemporaryFile.create(at: path, permissions: permissions, isReplacing: isReplacing) { target in
                switch content {
                case .memory(let bytes): target.write(bytes, at: 0)
                case .disk(let source): Self.copy(source, to: target, size: size)
                }
            }
        }
        guard error == 0 else {
            throw error == EEXIST
                ? HTTPError(.internalServerError, code: "file_exists", "there is a file '\(path)' already")
                : Self.failed("'\(path)' could not be written: error \(error)")
        }
    }

    private static func copy(_ source: FileDescriptor, to target: FileDescriptor, size: Int) -> Bool {
        var offset = 0
        while offset < size {
            guard let piece = source.read(at: offset, count: min(StaticFiles.chunkSize, size - offset)),
                piece.readableBytes > 0, target.write(piece, at: offset)
            else { return false }
            offset += piece.readableBytes
        }
        return true
    }

    static func failed(_ description: String) -> HTTPError {
        HTTPError(.internalServerError, code: "upload_failed", description)
    }
}
