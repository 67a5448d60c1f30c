// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import NIOPosix
import SluiceCore

extension Response {
    /// The answer to GET or HEAD with an open file: whole, one range of it (RFC 9110 §14), or nothing when the client's copy
    /// is still the file or its conditions fail (§13). It is read on NIO's pool, piece by piece as the client takes it.
    ///
    /// - Parameter headers: Fields of every answer, also of 304 and 416.
    init(answering scope: Scope, with file: OpenedFile, contentType: String, headers: HTTPFields) {
        let validators = Validators(modified: file.modified, size: file.size)
        self.init(headers: headers)
        for field in validators.headers { self.headers[field.name] = field.value }
        self.headers[.xContentTypeOptions] = "nosniff"
        switch validators.outcome(of: Preconditions(of: scope.method, scope.headers)) {
        case .met: break
        case .notModified:
            status = .notModified
            return
        case .failed:
            status = .preconditionFailed
            return
        }
        self.headers[.acceptRanges] = "bytes"
        let asked = scope.method == .get && validators.allowsRange(for: scope.headers) ? scope.headers[.range] : nil
        var part = 0..<file.size
        switch ByteRange(asked, size: file.size) {
        case .whole: break
        case .part(let range):
            status = .partialContent
            self.headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
            part = range
        case .unsatisfiable:
            status = .rangeNotSatisfiable
            self.headers[.contentRange] = "bytes */\(file.size)"
            return
        }
        self.headers[.contentType] = contentType
        body = file.body(part)
    }
}

extension OpenedFile {
    /// A part of the file as a response's body.
    fileprivate func body(_ part: Range<Int>) -> ResponseBody {
        .stream(length: part.count) { writer in
            var offset = part.lowerBound
            while offset < part.upperBound {
                let (start, count) = (offset, min(StaticFiles.chunkSize, part.upperBound - offset))
                let piece = try await NIOThreadPool.singleton.runIfActive { read(at: start, count: count) }
                guard let piece, piece.readableBytes == count else {
                    throw HTTPError(.internalServerError, code: "file_changed", "a file became shorter on its way")
                }
                try await writer.write(piece)
                offset += count
            }
        }
    }
}
