// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore

/// Turns an application's response events into HTTP/1.1 bytes (RFC 9112), and refuses what would not be a response.
///
/// The head waits for the first body event: a body of one piece goes out with its `Content-Length`, others chunked.
struct ResponseEncoder {
    private enum State {
        case waiting
        case started(HTTPResponse.Status, HTTPFields)
        case body(Framing)
        case complete
    }

    private enum Framing {
        case length(remaining: Int)
        case chunked
        case untilClose
        /// The response has no body, whatever the application sends (HEAD, 204, 304).
        case none
    }

    private var state = State.waiting
    private let isHead: Bool
    private let minorVersion: Int

    /// Whether the connection ends after this response.
    private(set) var closesConnection: Bool

    /// The status that was sent, for the access log; `nil` before.
    private(set) var status: HTTPResponse.Status?

    /// Body bytes that were sent, for the access log.
    private(set) var bodyBytes = 0

    init(method: HTTPRequest.Method, minorVersion: Int, keepAlive: Bool) {
        isHead = method == .head
        self.minorVersion = minorVersion
        closesConnection = !keepAlive
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

    /// Ends the connection after this response, and says so if the head is not out yet.
    mutating func closeAfterwards() {
        closesConnection = true
    }

    /// Forgets a response that has been started but not sent.
    mutating func reset() {
        if isWaiting { state = .waiting }
    }

    /// Appends an event's bytes to `out`.
    ///
    /// - Returns: a body piece of 16 KiB or more, to be written behind `out` without being copied, and what follows it.
    mutating func encode(
        _ event: HTTP.Outbound, into out: inout ByteBuffer, date: String, serverName: String?
    ) throws(SendError) -> (large: ByteBuffer, tail: StaticString)? {
        switch event {
        case .informational(let status, let headers):
            guard isWaiting else { throw SendError(.wrongState, "an informational response after the final one") }
            guard status.kind == .informational, status.code != 101 else {
                throw SendError(.wrongState, "\(status.code) is not an informational status")
            }
            guard minorVersion >= 1 else { return nil }  // HTTP/1.0 knows none
            writeStatusLine(status, into: &out)
            try writeFields(headers, into: &out)
            out.writeStaticString("\r\n")
            return nil
        case .responseStart(let status, let headers):
            guard case .waiting = state else { throw SendError(.wrongState, "the response was started before") }
            guard (200...999).contains(status.code) else {
                throw SendError(.wrongState, "\(status.code) is not a final status")
            }
            state = .started(status, headers)
            return nil
        case .responseBody(let body, let moreBody):
            if case .started(let status, let headers) = state {
                let framing = try writeHead(
                    status, headers, only: moreBody ? nil : body.readableBytes, date: date, serverName: serverName,
                    into: &out)
                state = .body(framing)
            }
            return try writeBody(body, moreBody: moreBody, into: &out)
        case .responseTrailers(let fields):
            guard case .body(let framing) = state else {
                throw SendError(.wrongState, "trailers without a body before them")
            }
            if case .chunked = framing {
                out.writeStaticString("0\r\n")
                try writeFields(fields, into: &out)
                out.writeStaticString("\r\n")
            }
            state = .complete
            return nil
        }
    }

    private mutating func writeHead(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, only length: Int?, date: String, serverName: String?,
        into out: inout ByteBuffer
    ) throws(SendError) -> Framing {
        var head = ByteBuffer()
        head.reserveCapacity(256)
        let framing = try framing(status, headers, only: length)
        writeStatusLine(status, into: &head)
        try writeFields(headers, into: &head)
        if headers[.date] == nil { writeField("Date", date, into: &head) }
        if let serverName, headers[.server] == nil { writeField("Server", serverName, into: &head) }
        switch framing {
        case .length(let length) where headers[.contentLength] == nil:
            writeField("Content-Length", String(length), into: &head)
        case .chunked:
            writeField("Transfer-Encoding", "chunked", into: &head)
        case .untilClose:
            closesConnection = true
        case .none where isHead && headers[.contentLength] == nil:
            if let length, status != .noContent, status != .notModified {
                writeField("Content-Length", String(length), into: &head)
            }
        case .length, .none:
            break
        }
        if let connection = headers[.connection], connection.lowercased().contains("close") {
            closesConnection = true
        } else if closesConnection {
            if minorVersion >= 1 { head.writeStaticString("Connection: close\r\n") }
        } else if minorVersion == 0 {
            head.writeStaticString("Connection: keep-alive\r\n")
        }
        head.writeStaticString("\r\n")
        out.writeBuffer(&head)
        self.status = status
        return framing
    }

    private func framing(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, only length: Int?
    ) throws(SendError) -> Framing {
        guard headers[.transferEncoding] == nil else {
            throw SendError(.invalidHeader, "Transfer-Encoding is the server's, not the application's")
        }
        let lengths = headers[values: .contentLength]
        guard lengths.count <= 1 else { throw SendError(.invalidHeader, "more than one Content-Length") }
        var declared: Int?
        if let text = lengths.first {
            guard let value = Int(text), value >= 0, text.utf8.first != UInt8(ascii: "+") else {
                throw SendError(.invalidHeader, "Content-Length is not a number")
            }
            declared = value
        }
        if isHead || status == .noContent || status == .notModified { return .none }
        if let declared {
            if let length, length != declared {
                throw SendError(.contentLengthMismatch, "Content-Length is \(declared), the body has \(length) bytes")
            }
            return .length(remaining: declared)
        }
        if let length { return .length(remaining: length) }
        return minorVersion >= 1 ? .chunked : .untilClose
    }

    private mutating func writeBody(
        _ body: ByteBuffer, moreBody: Bool, into out: inout ByteBuffer
    ) throws(SendError) -> (large: ByteBuffer, tail: StaticString)? {
        guard case .body(let framing) = state else {
            throw SendError(.wrongState, "a body \(isComplete ? "after the last one" : "before the response's start")")
        }
        let count = body.readableBytes
        var tail: StaticString = ""
        switch framing {
        case .none:
            if !moreBody { state = .complete }
            return nil
        case .length(let remaining):
            guard count <= remaining, moreBody || count == remaining else {
                throw SendError(
                    .contentLengthMismatch, "\(remaining) bytes of Content-Length remain, \(count) were sent")
            }
            state = .body(.length(remaining: remaining - count))
        case .chunked:
            if count > 0 {
                out.writeString(String(count, radix: 16))
                out.writeStaticString("\r\n")
                tail = moreBody ? "\r\n" : "\r\n0\r\n\r\n"
            } else if !moreBody {
                tail = "0\r\n\r\n"
            }
        case .untilClose:
            break
        }
        if !moreBody { state = .complete }
        bodyBytes += count
        if count >= 16 << 10 { return (body, tail) }
        out.writeImmutableBuffer(body)
        out.writeStaticString(tail)
        return nil
    }

    private func writeStatusLine(_ status: HTTPResponse.Status, into out: inout ByteBuffer) {
        if status == .ok {
            out.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            out.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        }
    }

    private func writeFields(_ fields: HTTPFields, into out: inout ByteBuffer) throws(SendError) {
        for field in fields {
            // HTTPTypes makes names and values valid; a line break that came through all the same ends here.
            guard field.value.utf8.allSatisfy({ $0 != 0x0D && $0 != 0x0A && $0 != 0 }) else {
                throw SendError(.invalidHeader, "the value of \(field.name) has a line break or NUL")
            }
            writeField(field.name.rawName, field.value, into: &out)
        }
    }

    private func writeField(_ name: String, _ value: String, into out: inout ByteBuffer) {
        out.writeString(name)
        out.writeStaticString(": ")
        out.writeString(value)
        out.writeStaticString("\r\n")
    }
}
