// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// Compresses responses for clients that can read gzip (Django's `GZipMiddleware`, RFC 9110 §8.4.1.3).
///
/// Only successes and errors, of types that become smaller (``isCompressible(_:)``) and from a length on; no part of a
/// file, nothing that is encoded already or says `no-transform`. A body at hand stays as it is when it would not
/// become smaller; a stream is compressed piece by piece, and each piece flushed, so that it arrives when it was
/// written. `ETag` becomes weak, `Vary` names `Accept-Encoding`. Stands in front of all that changes bodies or fields.
///
/// ### Secrets
/// Who can have a reader's browser ask for pages with texts of his choice, and sees how long the answers are, guesses a
/// secret in them letter by letter, since repeated text becomes shorter (BREACH). So answers that depend on their reader,
/// which say `Vary: Cookie`, set a cookie or answer a request with `Authorization`, are left as they are unless
/// ``PersonalAnswers/padded(upTo:)`` is asked for. CSRF tokens are another text each time in any case.
public struct GZip: ImmediateMiddleware {
    /// What is done with answers that may hold a secret of their reader.
    public enum PersonalAnswers: Sendable, Hashable {
        /// They are not compressed.
        case plain
        /// They are compressed, and a random number of bytes, at most so many, makes their length hard to learn from:
        /// Django's remedy ("Heal the BREACH"), which makes guessing slow, not impossible.
        case padded(upTo: Int = 100)
    }

    /// The shortest body that is compressed, in bytes, when nothing else is said: 200, as in Django.
    public static let defaultMinimumLength = 200

    let minimumLength: Int
    let personalAnswers: PersonalAnswers
    let contexts: GZipContexts

    /// The middleware.
    ///
    /// - Parameters:
    ///   - minimumLength: the shortest body that is compressed, in bytes; streams of unknown length always are.
    ///   - level: zlib's, 1 (fast) to 9 (small); others are taken to the nearest. Default 6, as in Django.
    ///   - personalAnswers: what is done with answers that may hold a secret of their reader.
    public init(
        minimumLength: Int = GZip.defaultMinimumLength, level: Int = 6, personalAnswers: PersonalAnswers = .plain
    ) {
        self.minimumLength = minimumLength
        self.personalAnswers = personalAnswers
        contexts = GZipContexts(level: min(max(level, 1), 9))
    }

    /// Whether a media type becomes much smaller: text, JSON, XML, scripts, SVG, uncompressed fonts and pictures.
    ///
    /// - Parameter type: a `Content-Type`, with or without parameters.
    public static func isCompressible(_ type: String) -> Bool {
        let essence = type.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        let name = Substring(essence).lowercased()
        return name.hasPrefix("text/") || name.hasSuffix("+json") || name.hasSuffix("+xml") || others.contains(name)
    }

    private static let others: Set<String> = [
        "application/json", "application/javascript", "application/x-javascript", "application/xml",
        "application/wasm", "application/vnd.ms-fontobject", "application/x-ndjson", "font/ttf", "font/otf",
        "image/bmp", "image/x-icon", "image/vnd.microsoft.icon",
    ]

    /// Compresses the response on its way.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        guard let http = send as? Send<HTTP> else { return next }
        let request = GZipRequest(scope.method, scope.headers)
        guard request.isAccepted else {
            send = send.mappingResponseStart { status, headers in
                if isEligible(status, headers, to: request) { headers.addVary(.acceptEncoding) }
            }
            return next
        }
        let sink = GZipSink(base: http.sink, settings: self, request: request)
        if let changed = Send<HTTP>(sink) as? Send<Kind> { send = changed }
        return next
    }

    /// Whether a response is one that is compressed for those who accept it.
    func isEligible(_ status: HTTPResponse.Status, _ headers: HTTPFields, to request: GZipRequest) -> Bool {
        guard status.kind == .successful || status.kind == .clientError || status.kind == .serverError,
            ![204, 205, 206].contains(status.code), headers[.contentEncoding] == nil, headers[.contentRange] == nil,
            let type = headers[.contentType], Self.isCompressible(type),
            headers[.cacheControl]?.lowercased().contains("no-transform") != true
        else { return false }
        if let length = headers[.contentLength].flatMap({ Int($0) }), length < minimumLength { return false }
        return personalAnswers != .plain || !isPersonal(headers, to: request)
    }

    /// Whether a response may hold a secret of its reader.
    func isPersonal(_ headers: HTTPFields, to request: GZipRequest) -> Bool {
        if request.isAuthorized || headers[.setCookie] != nil { return true }
        let names = headers[.vary]?.lowercased() ?? ""
        return names.contains("cookie") || names.contains("authorization") || names.contains("*")
    }
}

/// What matters of a request whose answer may be compressed.
struct GZipRequest: Sendable {
    /// Whether the client can read gzip, and likes it no less than plain bytes (RFC 9110 §12.5.3).
    let isAccepted: Bool
    let isHead: Bool
    let isAuthorized: Bool
    private let knownTags: EntityTagList?

    init(_ method: HTTPRequest.Method, _ headers: HTTPFields) {
        isHead = method == .head
        isAuthorized = headers[.authorization] != nil
        knownTags = headers[.ifNoneMatch].map { EntityTagList($0) }
        guard let field = headers[.acceptEncoding] else {
            isAccepted = false
            return
        }
        let codings = QualityList(field)
        let gzip = codings.quality(of: "gzip", "x-gzip", "*") ?? 0
        isAccepted = gzip > 0 && gzip >= codings.quality(of: "identity") ?? 0
    }

    /// Whether the client has asked about a tag by its weak form, so about compressed bytes.
    func knowsWeakly(_ tag: EntityTag) -> Bool {
        guard case .tags(let tags) = knownTags else { return false }
        return tags.contains(tag.weakened)
    }
}
