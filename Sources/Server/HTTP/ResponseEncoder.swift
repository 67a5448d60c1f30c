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
        case body(BodyLength)
        case complete
    }

    private var state = State.waiting
    private let isHead: Bool
    private let minorVersion: Int

    /// How a body of unknown length goes out: in chunks, or, to HTTP/1.0, until the connection ends.
    private var isChunked: Bool { minorVersion >= 1 }

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

    /// Whether an event makes ``encode(_:into:date:serverName:)`` write a final head, and look at the date.
    func writesHead(_ event: HTTP.Outbound) -> Bool {
        if case .responseBody = event { isWaiting } else { false }
    }

    /// Appends an event's bytes to `out`; nothing of an event that is refused.
    ///
    /// - Parameter date: for the head; read only where ``writesHead(_:)``.
    /// - Returns: a body piece of 16 KiB or more, to be written behind `out` without being copied, and what follows it.
    mutating func encode(
        _ event: HTTP.Outbound, into out: inout ByteBuffer, date: String, serverName: String?
    ) throws(SendError) -> (large: ByteBuffer, tail: StaticString)? {
        let start = out.writerIndex
        do throws(SendError) {
            switch event {
            case .informational(let status, let headers):
                try writeInformational(status, headers, into: &out)
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
                    let length = try writeHead(
                        status, headers, only: moreBody ? nil : body.readableBytes, date: date,
                        serverName: serverName, into: &out)
                    state = .body(length)
                }
                return try writeBody(body, moreBody: moreBody, into: &out)
            case .responseTrailers(let fields):
                try writeTrailers(fields, into: &out)
                return nil
            }
        } catch {
            out.moveWriterIndex(to: start)
            throw error
        }
    }

    private func writeInformational(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, into out: inout ByteBuffer
    ) throws(SendError) {
        guard isWaiting else { throw SendError(.wrongState, "an informational response after the final one") }
        guard status.kind == .informational, status.code != 101 else {
            throw SendError(.wrongState, "\(status.code) is not an informational status")
        }
        guard minorVersion >= 1 else { return }  // HTTP/1.0 knows none
        writeStatusLine(status, into: &out)
        for field in headers { try writeUnframed(field, into: &out) }
        out.writeStaticString("\r\n")
    }

    /// Writes the head in one pass over the application's fields, which say what the server has to add.
    private mutating func writeHead(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, only length: Int?, date: String, serverName: String?,
        into out: inout ByteBuffer
    ) throws(SendError) -> BodyLength {
        // One allocation for most heads and small bodies, instead of one for each time that the buffer doubles.
        if out.capacity == 0 { out.reserveCapacity(512) }
        writeStatusLine(status, into: &out)
        var (hasDate, hasServer) = (false, false)
        var declared: Int?
        var connection: [Substring] = []
        // RFC 9110 §8.6 and §15.3.6: 204 has no Content-Length, 205 the length 0.
        let keepsLength = status != .noContent && status != .resetContent
        for field in headers {
            switch field.name {
            case .transferEncoding:
                throw SendError(.invalidHeader, "Transfer-Encoding is the server's, not the application's")
            case .contentLength:
                guard declared == nil else { throw SendError(.invalidHeader, "more than one Content-Length") }
                declared = try BodyLength.declared(field.value)
                if keepsLength { try write(field, into: &out) }
            case .connection:
                connection += Self.tokens(field.value)
            case .date:
                hasDate = true
                try write(field, into: &out)
            case .server:
                hasServer = true
                try write(field, into: &out)
            default:
                try write(field, into: &out)
            }
        }
        if !hasDate { write("Date", date, into: &out) }
        if let serverName, !hasServer { write("Server", serverName, into: &out) }
        let bodyLength = try BodyLength(status, isHead: isHead, declared: declared, only: length)
        switch bodyLength {
        case .exactly(let length) where declared == nil:
            write("Content-Length", String(length), into: &out)
        case .open where isChunked:
            out.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .open:
            closesConnection = true
        case .none where status == .resetContent:
            out.writeStaticString("Content-Length: 0\r\n")
        case .none where isHead && declared == nil && keepsLength && status != .notModified:
            if let length { write("Content-Length", String(length), into: &out) }
        case .exactly, .none:
            break
        }
        writeConnection(connection, into: &out)
        out.writeStaticString("\r\n")
        self.status = status
        return bodyLength
    }

    /// Whether the connection goes on is the server's word; an application may only end it, or name hop-by-hop fields.
    private mutating func writeConnection(_ tokens: [Substring], into out: inout ByteBuffer) {
        if tokens.contains("close") { closesConnection = true }
        var tokens = tokens.filter { $0 != "close" && $0 != "keep-alive" }
        if closesConnection {
            if minorVersion >= 1 { tokens.append("close") }
        } else if minorVersion == 0 {
            tokens.append("keep-alive")
        }
        if !tokens.isEmpty { write("Connection", tokens.joined(separator: ", "), into: &out) }
    }

    private static func tokens(_ value: String) -> [Substring] {
        value.lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }
    }

    private mutating func writeTrailers(_ fields: HTTPFields, into out: inout ByteBuffer) throws(SendError) {
        guard case .body(let length) = state else {
            throw SendError(.wrongState, "trailers without a body before them")
        }
        try length.endsBeforeTrailers()
        if case .open = length, isChunked {
            out.writeStaticString("0\r\n")
            for field in fields { try writeUnframed(field, into: &out) }
            out.writeStaticString("\r\n")
        }
        state = .complete
    }

    private mutating func writeBody(
        _ body: ByteBuffer, moreBody: Bool, into out: inout ByteBuffer
    ) throws(SendError) -> (large: ByteBuffer, tail: StaticString)? {
        guard case .body(var length) = state else {
            throw SendError(.wrongState, "a body \(isComplete ? "after the last one" : "before the response's start")")
        }
        let count = body.readableBytes
        try length.take(count, moreBody: moreBody)
        state = moreBody ? .body(length) : .complete
        if case .none = length { return nil }
        var tail: StaticString = ""
        if case .open = length, isChunked {
            if count > 0 {
                out.writeString(String(count, radix: 16))
                out.writeStaticString("\r\n")
                tail = moreBody ? "\r\n" : "\r\n0\r\n\r\n"
            } else if !moreBody {
                tail = "0\r\n\r\n"
            }
        }
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

    /// Writes a field where none may say how long a message is (RFC 9110 §6.5.1, §8.6).
    private func writeUnframed(_ field: HTTPField, into out: inout ByteBuffer) throws(SendError) {
        guard ![.transferEncoding, .contentLength, .connection].contains(field.name) else {
            throw SendError(.invalidHeader, "\(field.name) does not belong here")
        }
        try write(field, into: &out)
    }

    private func write(_ field: HTTPField, into out: inout ByteBuffer) throws(SendError) {
        // HTTPTypes makes names and values valid; a line break that came through all the same ends here.
        guard field.value.utf8.allSatisfy({ $0 != 0x0D && $0 != 0x0A && $0 != 0 }) else {
            throw SendError(.invalidHeader, "the value of \(field.name) has a line break or NUL")
        }
        write(field.name.rawName, field.value, into: &out)
    }

    private func write(_ name: String, _ value: String, into out: inout ByteBuffer) {
        let (name, value) = (name.utf8, value.utf8)
        // In one piece: four writes would look four times whether there is room and whether the bytes are shared.
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: name.count + value.count + 4) { line in
            line.copyBytes(from: name)
            line[name.count] = UInt8(ascii: ":")
            line[name.count + 1] = UInt8(ascii: " ")
            UnsafeMutableRawBufferPointer(rebasing: line[(name.count + 2)...]).copyBytes(from: value)
            let end = name.count + 2 + value.count
            line[end] = UInt8(ascii: "\r")
            line[end + 1] = UInt8(ascii: "\n")
            return end + 2
        }
    }
}
