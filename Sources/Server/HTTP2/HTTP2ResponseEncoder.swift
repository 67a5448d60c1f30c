// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import NIOCore
import NIOHPACK
import NIOHTTP2
import SluiceCore

/// Turns an application's response events into frames (RFC 9113 §8.1), and refuses what would not be a response.
///
/// The head waits for the first body event: a body of one piece goes out with its `Content-Length`.
struct HTTP2ResponseEncoder {
    typealias Write = (HTTP2Frame.FramePayload) -> Void

    private enum State {
        case waiting
        case started(HTTPResponse.Status, HTTPFields)
        case body(BodyLength)
        case complete
    }

    private var state = State.waiting
    private let isHead: Bool

    /// The status that was sent, for the access log; `nil` before.
    private(set) var status: HTTPResponse.Status?

    /// Body bytes that were sent, for the access log.
    private(set) var bodyBytes = 0

    init(method: HTTPRequest.Method) {
        isHead = method == .head
    }

    /// Whether the application may still choose another response.
    var isWaiting: Bool {
        switch state {
        case .waiting, .started: true
        case .body, .complete: false
        }
    }

    var isComplete: Bool {
        if case .complete = state { true } else { false }
    }

    /// Forgets a response that has been started but not sent.
    mutating func reset() {
        if isWaiting { state = .waiting }
    }

    /// Writes an event's frames; none of an event that is refused.
    mutating func encode(
        _ event: HTTP.Outbound, date: @autoclosure () -> String, serverName: String?, write: Write
    ) throws(SendError) {
        switch event {
        case .informational(let status, let fields):
            guard isWaiting else { throw SendError(.wrongState, "an informational response after the final one") }
            guard status.kind == .informational, status.code != 101 else {
                throw SendError(.wrongState, "\(status.code) is not an informational status")
            }
            write(.headers(.init(headers: try Self.headers(status, fields))))
        case .responseStart(let status, let fields):
            guard case .waiting = state else { throw SendError(.wrongState, "the response was started before") }
            guard (200...999).contains(status.code) else {
                throw SendError(.wrongState, "\(status.code) is not a final status")
            }
            state = .started(status, fields)
        case .responseBody(let body, let moreBody):
            try writeBody(body, moreBody: moreBody, date: date(), serverName: serverName, write: write)
        case .responseTrailers(let fields):
            try writeTrailers(fields, write: write)
        }
    }

    /// The head of the response that opens a tunnel, which has no end of its own (RFC 8441 §5).
    static func accepted(
        subprotocol: String?, extensions: String?, _ fields: HTTPFields, date: String, serverName: String?
    ) throws(SendError) -> HTTP2Frame.FramePayload {
        var headers = try headers(.ok, fields)
        if let subprotocol { headers.add(name: "sec-websocket-protocol", value: subprotocol) }
        if let extensions { headers.add(name: "sec-websocket-extensions", value: extensions) }
        addStandard(to: &headers, date: fields[.date] == nil ? date : nil, fields[.server] == nil ? serverName : nil)
        return .headers(.init(headers: headers))
    }

    private mutating func writeBody(
        _ body: ByteBuffer, moreBody: Bool, date: String, serverName: String?, write: Write
    ) throws(SendError) {
        let count = body.readableBytes
        switch state {
        case .started(let status, let fields):
            let (headers, length) = try Self.head(
                status, fields, isHead: isHead, only: moreBody ? nil : count, date: date, serverName: serverName)
            var remaining = length
            try remaining.take(count, moreBody: moreBody)
            state = moreBody ? .body(remaining) : .complete
            self.status = status
            var hasBody = moreBody || count > 0
            if case .none = length { hasBody = false }
            write(.headers(.init(headers: headers, endStream: !hasBody)))
            if hasBody, count > 0 { writeData(body, endsStream: !moreBody, write) }
        case .body(var length):
            try length.take(count, moreBody: moreBody)
            state = moreBody ? .body(length) : .complete
            if case .none = length { return }
            if count > 0 || !moreBody { writeData(body, endsStream: !moreBody, write) }
        case .waiting:
            throw SendError(.wrongState, "a body before the response's start")
        case .complete:
            throw SendError(.wrongState, "a body after the last one")
        }
    }

    private mutating func writeData(_ body: ByteBuffer, endsStream: Bool, _ write: Write) {
        bodyBytes += body.readableBytes
        write(.data(.init(data: .byteBuffer(body), endStream: endsStream)))
    }

    private mutating func writeTrailers(_ fields: HTTPFields, write: Write) throws(SendError) {
        guard case .body(let length) = state else {
            throw SendError(.wrongState, "trailers without a body before them")
        }
        try length.endsBeforeTrailers()
        var trailers = HPACKHeaders()
        for field in fields {
            guard field.name != .contentLength else {
                throw SendError(.invalidHeader, "\(field.name) does not belong here")
            }
            try Self.add(field, to: &trailers)
        }
        state = .complete
        if case .none = length { return }
        if trailers.isEmpty {
            writeData(ByteBuffer(), endsStream: true, write)
        } else {
            write(.headers(.init(headers: trailers, endStream: true)))
        }
    }

    // MARK: Fields

    /// The head in one pass over the application's fields, which say what the server has to add.
    private static func head(
        _ status: HTTPResponse.Status, _ fields: HTTPFields, isHead: Bool, only: Int?, date: String,
        serverName: String?
    ) throws(SendError) -> (HPACKHeaders, BodyLength) {
        var headers = statusLine(status, capacity: fields.count + 4)
        var (hasDate, hasServer) = (false, false)
        var declared: Int?
        // RFC 9110 §8.6 and §15.3.6: 204 has no Content-Length, 205 the length 0.
        let keepsLength = status != .noContent && status != .resetContent
        for field in fields {
            switch field.name {
            case .contentLength:
                guard declared == nil else { throw SendError(.invalidHeader, "more than one Content-Length") }
                declared = try BodyLength.declared(field.value)
                continue
            case .date: hasDate = true
            case .server: hasServer = true
            default: break
            }
            try add(field, to: &headers)
        }
        let length = try BodyLength(status, isHead: isHead, declared: declared, only: only)
        addStandard(to: &headers, date: hasDate ? nil : date, hasServer ? nil : serverName)
        let told = status == .resetContent ? 0 : keepsLength ? declared ?? (status == .notModified ? nil : only) : nil
        if let told { headers.add(name: "content-length", value: String(told), indexing: .nonIndexable) }
        return (headers, length)
    }

    private static func headers(
        _ status: HTTPResponse.Status, _ fields: HTTPFields
    ) throws(SendError) -> HPACKHeaders {
        var headers = statusLine(status, capacity: fields.count + 3)
        for field in fields {
            guard field.name != .contentLength else {
                throw SendError(.invalidHeader, "\(field.name) does not belong here")
            }
            try add(field, to: &headers)
        }
        return headers
    }

    private static func statusLine(_ status: HTTPResponse.Status, capacity: Int) -> HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(capacity)
        headers.add(name: ":status", value: status == .ok ? "200" : String(status.code))
        return headers
    }

    private static func addStandard(to headers: inout HPACKHeaders, date: String?, _ serverName: String?) {
        if let date { headers.add(name: "date", value: date) }
        if let serverName { headers.add(name: "server", value: serverName) }
    }

    private static func add(_ field: HTTPField, to headers: inout HPACKHeaders) throws(SendError) {
        guard field.name != .transferEncoding else {
            throw SendError(.invalidHeader, "Transfer-Encoding is the server's, not the application's")
        }
        // Fields of one connection of HTTP/1.1 mean nothing here (RFC 9113 §8.2.2).
        guard !connectionFields.contains(field.name) else { return }
        guard field.value.utf8.allSatisfy({ $0 != 0x0D && $0 != 0x0A && $0 != 0 }) else {
            throw SendError(.invalidHeader, "the value of \(field.name) has a line break or NUL")
        }
        headers.add(name: field.name.canonicalName, value: field.value, indexing: indexing(of: field))
    }

    private static func indexing(of field: HTTPField) -> HPACKIndexing {
        switch field.indexingStrategy {
        // What is secret and short could be guessed by how well it compresses (RFC 7541 §7.1.3).
        case .automatic: field.name == .setCookie ? .neverIndexed : .indexable
        case .avoid: .nonIndexable
        case .disallow: .neverIndexed
        default: .indexable
        }
    }

    private static let connectionFields: Set<HTTPField.Name> = [
        .connection, .upgrade, HTTPField.Name("keep-alive"), HTTPField.Name("proxy-connection"),
    ].reduce(into: []) { names, name in
        if let name { names.insert(name) }
    }
}
#endif
