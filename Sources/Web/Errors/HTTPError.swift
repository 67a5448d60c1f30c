// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
import Logging
public import SluiceCore

/// An answer other than success, thrown by a view or a middleware: `throw HTTPError(.notFound)`.
///
/// Clients see the status and the short ``code``; ``description`` goes to the log alone.
public struct HTTPError: ApplicationError, Hashable, CustomStringConvertible {
    /// The response's status, 400–599.
    public let status: HTTPResponse.Status
    /// A short machine-readable reason such as `too_long`; the default is the status's phrase: `not_found`.
    public let code: String
    /// What happened, for the log; never shown to a client.
    public let description: String
    /// Fields that the answer needs, such as `Allow` or `Retry-After`.
    public let headers: HTTPFields

    /// An answer with its reason.
    ///
    /// - Parameters:
    ///   - code: The default is the status's phrase in lower case with underscores.
    ///   - description: The default is the code.
    public init(
        _ status: HTTPResponse.Status, code: String? = nil, _ description: String? = nil, headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code ?? Self.defaultCode(of: status)
        self.description = description ?? self.code
        self.headers = headers
    }

    /// 413 closes with 1009, 503 with 1013, other server errors with 1011, the rest with 1008; only server errors
    /// are logged above `debug`.
    public var disposition: ErrorDisposition {
        var disposition: ErrorDisposition =
            switch status.code {
            case 413: .tooLarge
            case 503: .overloaded
            case 500...599: ErrorDisposition(status: status, closeCode: .internalError, logLevel: .error)
            default: ErrorDisposition(status: status, closeCode: .policyViolation, logLevel: .debug)
            }
        disposition.headers = headers
        return disposition
    }

    /// The phrase of a status as a code: `not_found`; `error` for a status without a phrase.
    static func defaultCode(of status: HTTPResponse.Status) -> String {
        let phrase = status.reasonPhrase.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte
            default: UInt8(ascii: "_")
            }
        }
        return phrase.isEmpty ? "error" : String(decoding: phrase, as: UTF8.self)
    }
}
