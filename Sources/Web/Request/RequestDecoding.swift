// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import NIOCore
import SluiceCore

extension Request {
    /// The fields of an `application/x-www-form-urlencoded` body, at most 1,000; parsed once. A request without a body
    /// has no fields.
    ///
    /// - Parameter limit: The most bytes of the body.
    /// - Throws: ``HTTPError`` 413 `too_large`, 400 `too_many_fields`, 415 for a body of another type.
    public func form(upTo limit: Int = Self.defaultBodyLimit) async throws -> FormFields {
        let body = try await body(upTo: limit)
        if let form = storage.form ?? scope[ParsedFormKey.self] { return form }
        var form = FormFields()
        if body.readableBytes > 0 {
            guard scope.mediaType == "application/x-www-form-urlencoded" else {
                throw HTTPError(.unsupportedMediaType, "a form was expected, not '\(scope.mediaType)'")
            }
            form = try FormFields(parsing: String(buffer: body))
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

/// The form of the request, when a middleware had to parse it.
enum ParsedFormKey: ScopeKey {
    static var defaultValue: FormFields? { nil }
}
