// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// Takes the content of one file: into memory up to a limit, and from there on to the disk in pieces of that size.
struct UploadWriter: Sendable {
    private let head: PartHead
    private let limits: FormLimits
    private var pending = ByteBuffer()
    private var file: FileDescriptor?
    private var written = 0

    init(_ head: PartHead, limits: FormLimits) {
        self.head = head
        self.limits = limits
    }

    mutating func write(_ bytes: ByteBuffer) async throws {
        pending.writeImmutableBuffer(bytes)
        if pending.readableBytes > limits.memorySize { try await spool() }
    }

    /// The file; nil when no file was chosen, which browsers send as an empty one without a name.
    mutating func finish() async throws -> UploadedFile? {
        if file != nil { try await spool() }
        guard head.fileName?.isEmpty == false || written + pending.readableBytes > 0 else { return nil }
        return UploadedFile(
            name: SafeFileName.make(head.fileName ?? ""), contentType: head.contentType,
            size: file == nil ? pending.readableBytes : written,
            content: file.map { .disk($0) } ?? .memory(pending))
    }

    private mutating func spool() async throws {
        let (bytes, known, offset, folder) = (pending, file, written, limits.temporaryFolder)
        pending = ByteBuffer()
        let used = try await NIOThreadPool.singleton.runIfActive { () -> FileDescriptor? in
            guard let file = known ?? TemporaryFile.anonymous(in: folder) else { return nil }
            return file.write(bytes, at: offset) ? file : nil
        }
        guard let used else { throw UploadedFile.failed("an uploaded file could not be written to '\(folder)'") }
        (file, written) = (used, offset + bytes.readableBytes)
    }
}
