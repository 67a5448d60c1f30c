// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import NIOHPACK
import SluiceCore
import SluiceWebSocket

/// The fields of a request over HTTP/2, taken apart and checked (RFC 9113 §8.2, §8.3).
///
/// NIO's handler has refused before what is wrong with names, pseudo-header fields and fields of a connection.
struct HTTP2Request {
    /// Why a request does not reach an application.
    enum Refusal: Error {
        /// It is no request: the stream is reset with PROTOCOL_ERROR (§8.1.1).
        case malformed(String)
        /// It gets a response.
        case refused(RequestRefusal)
    }

    let method: HTTPRequest.Method
    let target: RequestTarget
    let kind: RequestScope.Kind
    let fields: HTTPFields

    init(_ headers: HPACKHeaders, limits: ServerConfiguration.HTTPLimits) throws(Refusal) {
        var parts = Parts()
        for (name, value, _) in headers { try parts.add(name, value, limits) }
        try parts.checkSize(limits)
        if parts.method == "CONNECT", parts.protocol != "websocket" {
            throw .refused(RequestRefusal(.notImplemented, "the method is not implemented"))
        }
        guard let method = HTTPRequest.Method(parts.method) else { throw .malformed("the method is no token") }
        if method == .trace { throw .refused(RequestRefusal(.notImplemented, "the method is not implemented")) }
        guard ["http", "https"].contains(parts.scheme.lowercased()) else {
            throw .refused(RequestRefusal(.badRequest, "the scheme is not http or https"))
        }
        guard parts.path.utf8.count <= limits.targetBytes else {
            throw .refused(
                RequestRefusal(.uriTooLong, "the request target is longer than \(limits.targetBytes) bytes"))
        }
        try parts.settleAuthority()
        // Only the origin form stands in `:path`, and `*` for OPTIONS (RFC 9113 §8.3.1).
        guard parts.path.utf8.first == UInt8(ascii: "/") || parts.path == "*" && method == .options else {
            throw .malformed(":path does not begin with a slash")
        }
        guard let target = RequestTarget(parts.path) else {
            throw .refused(RequestRefusal(.badRequest, "the request target is not valid"))
        }
        self.method = method
        self.target = target
        kind = try parts.kind()
        fields = parts.allFields()
    }

    /// Checks the fields of a trailer section, and lets them go: applications do not get them.
    static func checkTrailers(_ headers: HPACKHeaders, limits: ServerConfiguration.HTTPLimits) throws(Refusal) {
        var parts = Parts()
        for (name, value, _) in headers { try parts.add(name, value, limits) }
        try parts.checkSize(limits)
    }
}

/// What a header section has brought so far.
private struct Parts {
    var method = "", scheme = "", path = "", `protocol` = ""
    var authority: String?
    var fields = HTTPFields()
    private var host: String?
    private var cookies = ""
    private var hasLength = false
    private var bytes = 0
    private var count = 0

    mutating func add(
        _ name: String, _ value: String, _ limits: ServerConfiguration.HTTPLimits
    ) throws(HTTP2Request.Refusal) {
        // What a field counts in a header list (§6.5.2).
        let size = name.utf8.count + value.utf8.count
        bytes += size + 32
        if name.utf8.first == UInt8(ascii: ":") { return addPseudo(name, value) }
        count += 1
        guard Self.isValid(value) else {
            throw .malformed("a field's value is not valid")
        }
        guard size <= limits.fieldBytes else { throw .refused(.tooLarge) }
        switch name {
        case "cookie":
            // Cut up for compression (§8.2.3).
            cookies += cookies.isEmpty ? value : "; \(value)"
        case "host":
            guard host == nil || host == value else { throw .malformed("more than one Host") }
            host = value
        case "content-length":
            guard !hasLength, value.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
                throw .malformed("Content-Length is not one number")
            }
            hasLength = true
            fields[.contentLength] = value
        default:
            guard let fieldName = HTTPField.Name(name) else { throw .malformed("a field's name is not valid") }
            // As over HTTP/1.1: CGI-like hosts take an underscore for a hyphen.
            guard !name.utf8.contains(UInt8(ascii: "_")) else { return }
            fields.append(HTTPField(name: fieldName, value: value))
        }
    }

    private mutating func addPseudo(_ name: String, _ value: String) {
        switch name {
        case ":method": method = value
        case ":scheme": scheme = value
        case ":path": path = value
        case ":authority": authority = value
        case ":protocol": `protocol` = value
        default: break  // NIO's handler lets no other one through
        }
    }

    func checkSize(_ limits: ServerConfiguration.HTTPLimits) throws(HTTP2Request.Refusal) {
        guard bytes <= limits.headerBytes, count <= limits.fieldCount else { throw .refused(.tooLarge) }
    }

    /// `:authority` and `Host` say the same, and at least one of them is there (§8.3.1).
    mutating func settleAuthority() throws(HTTP2Request.Refusal) {
        guard let name = authority ?? host, !name.isEmpty, Self.isAuthority(name) else {
            throw .malformed("no valid authority")
        }
        if let host, host.lowercased() != name.lowercased() { throw .malformed("Host is not :authority") }
        authority = name
    }

    func kind() throws(HTTP2Request.Refusal) -> RequestScope.Kind {
        guard !`protocol`.isEmpty else { return .http }
        do {
            return .webSocket(
                try WebSocketHandshake.validateExtendedConnect(
                    headers: fields.lazy.map { (name: $0.name.canonicalName, value: $0.value) }))
        } catch {
            throw .refused(RequestRefusal(error))
        }
    }

    /// The fields as over HTTP/1.1: with `Host`, and one `Cookie`.
    func allFields() -> HTTPFields {
        var fields = fields
        if let authority, let name = HTTPField.Name("host") { fields[name] = authority }
        // Set by name it would be cut up again.
        if !cookies.isEmpty { fields.append(HTTPField(name: .cookie, value: cookies)) }
        return fields
    }

    /// Whether a value has no white space around it (§8.2.1) and no control characters: of ASCII or, as UTF-8, of
    /// Unicode's second block.
    private static func isValid(_ value: String) -> Bool {
        func isSpace(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        if isSpace(value.utf8.first) || isSpace(value.utf8.last) { return false }
        var last: UInt8 = 0
        for byte in value.utf8 {
            guard byte.isValueByte, last != 0xC2 || byte >= 0xA0 else { return false }
            last = byte
        }
        return true
    }

    private static func isAuthority(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { Authority.isValid(UnsafeRawBufferPointer($0)) }
    }
}

extension RequestRefusal {
    static let tooLarge = Self(.requestHeaderFieldsTooLarge, "the header is too large")
}
#endif
