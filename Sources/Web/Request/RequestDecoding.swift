// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import NIOCore
import SluiceCore

extension Request {
    /// The form in the body, in either encoding of HTML: `application/x-www-form-urlencoded`, or `multipart/form-data` with
    /// files; parsed once. A request without a body has an empty form.
    ///
    /// Large files wait on the disk, see ``FormLimits``, whose other limits hold too.
    ///
    /// - Parameter limit: The most bytes of the body. Default: ``FormLimits/fieldSize``, or ``FormLimits/bodySize`` for
    ///   `multipart/form-data`.
    /// - Throws: ``HTTPError`` 413 `too_large`; 400 `too_many_fields`, `too_many_files`, `bad_multipart` or `client_gone`;
    ///   415 for a body of another type; 500 `upload_failed` when the disk fails.
    public func form(upTo limit: Int? = nil) async throws -> Form {
        try await form(upTo: limit, until: nil)
    }

    /// - Parameter field: When it is known a multipart form is not read on; a later call goes on from there.
    func form(upTo limit: Int?, until field: String?) async throws -> Form {
        if let form = storage.form { return form }
        var limits = app[FormLimits.self]
        guard scope.mediaType == "multipart/form-data" else {
            return try await encodedForm(upTo: limit ?? limits.fieldSize, fieldCount: limits.fieldCount)
        }
        limits.bodySize = limit ?? limits.bodySize
        if let length = scope.contentLength, length > limits.bodySize {
            throw RequestBody.tooLarge(limit: limits.bodySize)
        }
        return try await storage.multipartForm(until: field) { () throws(HTTPError) in
            try FormReader(contentType: scope.headers[.contentType] ?? "", limits: limits)
        } change: { reader in
            reader.limits = limits
        }
    }

    private func encodedForm(upTo limit: Int, fieldCount: Int) async throws -> Form {
        let body = try await body(upTo: limit)
        var form = Form()
        if body.readableBytes > 0 {
            guard scope.mediaType == "application/x-www-form-urlencoded" else {
                throw HTTPError(.unsupportedMediaType, "a form was expected, not '\(scope.mediaType)'")
            }
            form.data = try FormFields(parsing: String(buffer: body), limit: fieldCount)
        }
        storage.form = form
        return form
    }

    /// The body as a value, from `application/json` (or another `+json` type).
    ///
    /// - Parameter limit: The most bytes of the body.
    /// - Throws: ``HTTPError`` 413 `too_large`, 415 for another type, 400 `bad_json` for a body that is no JSON,
    ///   422 `bad_message` for JSON that does not fit the type.
    public func json<Value: Decodable>(
        as type: Value.Type = Value.self, upTo limit: Int = Self.defaultBodyLimit
    ) async throws -> Value {
        let mediaType = scope.mediaType
        guard mediaType == "application/json" || mediaType.hasSuffix("+json") else {
            throw HTTPError(.unsupportedMediaType, "JSON was expected, not '\(mediaType)'")
        }
        let body = try await body(upTo: limit)
        do {
            return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            throw HTTPError(.badRequest, code: "bad_json", "the body is no JSON: \(context.debugDescription)")
        } catch let error as DecodingError {
            throw HTTPError(.unprocessableContent, code: "bad_message", "the JSON is no \(type): \(error)")
        }
    }
}
