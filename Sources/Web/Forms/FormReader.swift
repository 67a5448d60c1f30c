// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore

/// Reads a `multipart/form-data` body into a form, as far as somebody wants it.
struct FormReader: Sendable {
    var limits: FormLimits
    private(set) var form = Form()
    /// Whether the whole body has been read.
    private(set) var isComplete = false
    private var parser: MultipartParser
    // The part that is being read, in place: a value inside an enum would be copied for each piece.
    private var name = ""
    private var value = ByteBuffer()
    private var file: UploadWriter?
    private var received = 0
    private var fieldBytes = 0
    private var fieldCount = 0
    private var fileCount = 0

    /// - Throws: 400 `bad_multipart` for a content type without a boundary (RFC 2046 §5.1.1).
    init(contentType: String, limits: FormLimits) throws(HTTPError) {
        guard let boundary = HeaderParameters(contentType.utf8)["boundary"], Self.isValid(boundary) else {
            throw MultipartParser.malformed("the content type has no valid boundary")
        }
        parser = MultipartParser(boundary: boundary, headLimit: limits.headerSize)
        self.limits = limits
    }

    /// Reads on to the end of the body, or until a field is known.
    ///
    /// - Throws: 400 `bad_multipart`, `too_many_fields`, `too_many_files`, `client_gone`; 413 `too_large`; 500
    ///   `upload_failed`.
    mutating func read(from receive: Receive<HTTP>, until field: String? = nil) async throws {
        if let field, form[field] != nil { return }
        guard received <= limits.bodySize else { throw RequestBody.tooLarge(limit: limits.bodySize) }
        while !isComplete {
            while let event = try parser.next() {
                try await take(event)
                guard let field, case .ended = event else { continue }
                if form.fields.last?.name == field { return }
            }
            guard case .request(let body, let moreBody) = try await receive() else { throw RequestBody.clientGone }
            received += body.readableBytes
            guard received <= limits.bodySize else { throw RequestBody.tooLarge(limit: limits.bodySize) }
            parser.feed(body)
            guard !moreBody else { continue }
            while let event = try parser.next() { try await take(event) }
            guard parser.isComplete else { throw MultipartParser.malformed("it ends before its last boundary") }
            isComplete = true
        }
    }

    private mutating func take(_ event: MultipartParser.Event) async throws {
        switch event {
        case .began(let head):
            try begin(head)
        case .content(let bytes) where file == nil:
            try count(bytes.readableBytes)
            value.writeImmutableBuffer(bytes)
        case .content(let bytes):
            try await file?.write(bytes)
        case .ended where file == nil:
            form.data.fields.append(FormFields.Field(name: name, value: String(buffer: value)))
        case .ended:
            guard let file = try await file?.finish() else { return }
            form.files.entries.append(UploadedFiles.Entry(field: name, file: file))
        }
    }

    private mutating func begin(_ head: PartHead) throws(HTTPError) {
        try count(head.name.utf8.count)
        name = head.name
        guard head.fileName == nil else {
            fileCount += 1
            guard fileCount <= limits.fileCount else {
                throw HTTPError(.badRequest, code: "too_many_files", "a form has more than \(limits.fileCount) files")
            }
            file = UploadWriter(head, limits: limits)
            return
        }
        fieldCount += 1
        guard fieldCount <= limits.fieldCount else { throw FormFields.tooMany(limit: limits.fieldCount) }
        value = ByteBuffer()
        file = nil
    }

    private mutating func count(_ bytes: Int) throws(HTTPError) {
        fieldBytes += bytes
        guard fieldBytes <= limits.fieldSize else { throw RequestBody.tooLarge(limit: limits.fieldSize) }
    }

    /// 1–70 of the characters that RFC 2046 §5.1.1 allows, no space at the end.
    private static func isValid(_ boundary: String) -> Bool {
        (1...70).contains(boundary.utf8.count) && boundary.utf8.last != UInt8(ascii: " ")
            && boundary.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: "'()+_,-./:=? ".utf8.contains(byte)
                }
            }
    }
}
