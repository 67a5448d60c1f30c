// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore

/// Reads HTTP/1.1 responses byte by byte (RFC 9112), strictly: what is not a response is an error, not repaired.
struct ResponseParser {
    /// Bytes that came and were not read yet: the next response, or what follows an upgrade.
    private(set) var input = ByteBuffer()
    private var isClosed = false

    mutating func feed(_ bytes: ByteBuffer) {
        var bytes = bytes
        input.writeBuffer(&bytes)
    }

    mutating func close() {
        isClosed = true
    }

    /// The next whole response, or `nil` when more bytes are needed.
    ///
    /// - Parameter isHead: whether it answers a HEAD request, so that no body follows.
    mutating func next(isHead: Bool) throws -> HTTPTestResponse? {
        var rest = input
        guard var response = try Self.head(&rest) else { return try incomplete("a response's head") }
        let isEmpty =
            isHead || response.status.kind == .informational || response.status == .noContent
            || response.status == .notModified
        if isEmpty {
            // Nothing follows.
        } else if let coding = response.headers[.transferEncoding] {
            guard coding == "chunked" else { throw Self.error("unknown transfer coding '\(coding)'") }
            guard try Self.chunks(&rest, into: &response) else { return try incomplete("a chunked body") }
        } else if let text = response.headers[.contentLength] {
            guard let length = Int(text), length >= 0 else { throw Self.error("bad Content-Length '\(text)'") }
            guard let body = rest.readSlice(length: length) else { return try incomplete("a body of \(length) bytes") }
            response.body = body
        } else {
            guard isClosed else { return nil }
            response.body = rest
            rest = ByteBuffer()
        }
        input = rest
        return response
    }

    private func incomplete(_ what: String) throws -> HTTPTestResponse? {
        guard isClosed else { return nil }
        let got = input.getString(at: input.readerIndex, length: min(200, input.readableBytes)) ?? ""
        throw CommunicatorError(.connection, "the connection ended within \(what); what had come: '\(got)'")
    }

    private static func head(_ input: inout ByteBuffer) throws -> HTTPTestResponse? {
        guard let statusLine = line(&input) else { return nil }
        let parts = statusLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0", parts[1].utf8.count == 3,
            let code = Int(parts[1])
        else { throw error("not a status line: '\(statusLine.prefix(80))'") }
        guard let headers = try fields(&input) else { return nil }
        return HTTPTestResponse(status: .init(code: code, reasonPhrase: String(parts[2])), headers: headers)
    }

    /// Fields up to the empty line.
    private static func fields(_ input: inout ByteBuffer) throws -> HTTPFields? {
        var fields = HTTPFields()
        while let line = line(&input) {
            if line.isEmpty { return fields }
            guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon])) else {
                throw error("not a header field: '\(line.prefix(80))'")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields.append(HTTPField(name: name, value: String(value)))
        }
        return nil
    }

    /// - Returns: whether the body is whole.
    private static func chunks(_ input: inout ByteBuffer, into response: inout HTTPTestResponse) throws -> Bool {
        while let line = line(&input) {
            guard let size = Int(line, radix: 16), size >= 0 else {
                throw error("not a chunk's size: '\(line.prefix(80))'")
            }
            if size == 0 {
                guard let trailers = try fields(&input) else { return false }
                response.trailers = trailers
                return true
            }
            guard var chunk = input.readSlice(length: size), let end = input.readString(length: 2) else { return false }
            guard end == "\r\n" else { throw error("a chunk is longer than its size says") }
            response.body.writeBuffer(&chunk)
        }
        return false
    }

    /// The next line without its CRLF; a bare LF is no line's end.
    private static func line(_ input: inout ByteBuffer) -> String? {
        let view = input.readableBytesView
        var index = view.startIndex
        while let feed = view[index...].firstIndex(of: UInt8(ascii: "\n")) {
            if feed > view.startIndex, view[feed - 1] == UInt8(ascii: "\r") {
                let text = String(decoding: view[..<(feed - 1)], as: UTF8.self)
                input.moveReaderIndex(forwardBy: feed + 1 - view.startIndex)
                return text
            }
            index = feed + 1
        }
        return nil
    }

    private static func error(_ message: String) -> CommunicatorError {
        CommunicatorError(.unexpected, message)
    }
}
