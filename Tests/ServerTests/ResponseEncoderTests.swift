// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import Testing

@testable import SluiceServer

/// Encodes events one after the other, as one response.
private struct Encoded {
    var text = ""
    var encoder: ResponseEncoder

    init(
        to method: HTTPRequest.Method = .get, minor: Int = 1, keepAlive: Bool = true, server: String? = nil,
        _ events: HTTP.Outbound...
    ) throws {
        encoder = ResponseEncoder(method: method, minorVersion: minor, keepAlive: keepAlive)
        var out = ByteBuffer()
        for event in events {
            guard let large = try encoder.encode(event, into: &out, date: "D", serverName: server) else { continue }
            out.writeImmutableBuffer(large.large)
            out.writeStaticString(large.tail)
        }
        text = String(buffer: out)
    }

    var body: Substring {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return "" }
        return text[end.upperBound...]
    }
}

private func start(_ status: HTTPResponse.Status = .ok, _ headers: HTTPFields = [:]) -> HTTP.Outbound {
    .responseStart(status: status, headers: headers)
}

private func piece(_ text: String) -> HTTP.Outbound { .responseBody(ByteBuffer(string: text), moreBody: true) }
private func last(_ text: String = "") -> HTTP.Outbound { .responseBody(ByteBuffer(string: text), moreBody: false) }

@Suite("Response encoder: framing")
struct ResponseFramingTests {
    @Test("RFC 9112 §6.2: a body of one piece has its length")
    func length() throws {
        let response = try Encoded(start(), last("hello"))
        #expect(response.text == "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 5\r\n\r\nhello")
        #expect(response.encoder.isComplete && response.encoder.bodyBytes == 5 && response.encoder.status == .ok)
        #expect(try Encoded(start(), last()).text.hasSuffix("Content-Length: 0\r\n\r\n"))
    }

    @Test("RFC 9112 §7.1: a body of unknown length is chunked; empty pieces make no chunk")
    func chunked() throws {
        let response = try Encoded(
            start(), piece(""), piece("a"), piece(""), piece(String(repeating: "b", count: 26)), last())
        #expect(response.text.contains("Transfer-Encoding: chunked\r\n") && !response.text.contains("Content-Length"))
        #expect(response.body == "1\r\na\r\n1a\r\n\(String(repeating: "b", count: 26))\r\n0\r\n\r\n")
        #expect(try Encoded(start(), piece("a"), last("b")).body == "1\r\na\r\n1\r\nb\r\n0\r\n\r\n")
    }

    @Test("a large piece is not copied, and framed all the same", arguments: [true, false])
    func large(isChunked: Bool) throws {
        let text = String(repeating: "x", count: 16 << 10)
        var encoder = ResponseEncoder(method: .get, minorVersion: 1, keepAlive: true)
        var out = ByteBuffer()
        _ = try encoder.encode(start(), into: &out, date: "D", serverName: nil)
        let buffer = ByteBuffer(string: text)
        let event = HTTP.Outbound.responseBody(buffer, moreBody: isChunked)
        let large = try #require(try encoder.encode(event, into: &out, date: "D", serverName: nil))
        #expect(large.large == buffer)
        #expect("\(large.tail)" == (isChunked ? "\r\n" : ""))
        #expect(String(buffer: out).hasSuffix(isChunked ? "\r\n\r\n4000\r\n" : "Content-Length: 16384\r\n\r\n"))
    }

    @Test("the head leaves with the first body event, even an empty one")
    func headFirst() throws {
        #expect(try Encoded(start()).text == "")
        #expect(
            try Encoded(start(), piece("")).text == "HTTP/1.1 200 OK\r\nDate: D\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    @Test("RFC 9112 §6.3: to HTTP/1.0 a body of unknown length ends with the connection")
    func untilClose() throws {
        let streamed = try Encoded(minor: 0, start(), piece("a"), last("b"))
        #expect(streamed.text == "HTTP/1.1 200 OK\r\nDate: D\r\n\r\nab" && streamed.encoder.closesConnection)
        let whole = try Encoded(minor: 0, start(), last("ab"))
        #expect(whole.text.contains("Connection: keep-alive\r\n") && !whole.encoder.closesConnection)
    }

    @Test("RFC 9110 §9.3.2: HEAD has the header of GET and no body")
    func head() throws {
        #expect(
            try Encoded(to: .head, start(), last("hello")).text
                == "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 5\r\n\r\n"
        )
        let streamed = try Encoded(to: .head, start(), piece("hello"), last())
        #expect(streamed.text == "HTTP/1.1 200 OK\r\nDate: D\r\n\r\n" && streamed.encoder.isComplete)
        let declared = try Encoded(to: .head, start(.ok, [.contentLength: "9"]), last())
        #expect(declared.text.contains("Content-Length: 9\r\n"))
        #expect(try Encoded(to: .head, minor: 0, start(), piece("a"), last()).encoder.closesConnection == false)
    }

    @Test("RFC 9110 §15.3.5, §15.4.5: 204 and 304 have no body; 204 has no Content-Length")
    func bodiless() throws {
        let none = try Encoded(start(.noContent, [.contentLength: "5"]), last("hello"))
        #expect(none.text == "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n" && none.encoder.isComplete)
        let same = try Encoded(start(.notModified, [.contentLength: "5", .eTag: "\"a\""]), last("hello"))
        #expect(same.body == "" && same.text.contains("Content-Length: 5\r\n") && same.text.contains("ETag: \"a\""))
        #expect(!(try Encoded(start(.notModified), last()).text.contains("Content-Length")))
        #expect(!(try Encoded(start(.noContent), piece("a"), last()).text.contains("Transfer-Encoding")))
    }

    @Test("RFC 9110 §15.3.6: 205 has the length 0")
    func reset() throws {
        let response = try Encoded(start(.resetContent), last("hello"))
        #expect(response.text.contains("Content-Length: 0\r\n") && response.body == "")
    }

    @Test("RFC 9112 §7.1.2: trailers end a chunked body; other framings have none")
    func trailers() throws {
        let fields: HTTPFields = [.eTag: "\"z\""]
        let chunked = try Encoded(start(), piece("a"), .responseTrailers(fields))
        #expect(chunked.body == "1\r\na\r\n0\r\nETag: \"z\"\r\n\r\n" && chunked.encoder.isComplete)
        let known = try Encoded(start(.ok, [.contentLength: "1"]), piece("a"), .responseTrailers(fields))
        #expect(known.body == "a" && known.encoder.isComplete)
        #expect(try Encoded(minor: 0, start(), piece("a"), .responseTrailers(fields)).body == "a")
    }

    @Test("RFC 9110 §15.2: informational responses come before the final one, and not to HTTP/1.0")
    func informational() throws {
        let hint = HTTP.Outbound.informational(status: .earlyHints, headers: [.location: "/a.css"])
        #expect(
            try Encoded(hint, start(), last()).text.hasPrefix(
                "HTTP/1.1 103 Early Hints\r\nLocation: /a.css\r\n\r\nHTTP/1.1 200 OK\r\n"))
        #expect(try Encoded(minor: 0, hint, start(), last()).text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try Encoded(start(), hint, last()).text.hasPrefix("HTTP/1.1 103 "))
    }
}

@Suite("Response encoder: fields")
struct ResponseFieldTests {
    @Test("RFC 9110 §6.6.1, §10.2.4: Date and Server are added unless the application has its own")
    func dateAndServer() throws {
        #expect(
            try Encoded(server: "s", start(), last()).text
                == "HTTP/1.1 200 OK\r\nDate: D\r\nServer: s\r\nContent-Length: 0\r\n\r\n")
        let own = try Encoded(server: "s", start(.ok, [.date: "mine", .server: "own"]), last()).text
        #expect(own == "HTTP/1.1 200 OK\r\nDate: mine\r\nServer: own\r\nContent-Length: 0\r\n\r\n")
    }

    @Test(
        "RFC 9112 §9.6: Connection says what the server does",
        arguments: [
            (1, true, "", false, ""), (1, false, "", true, "close"), (1, true, "Close", true, "close"),
            (1, false, "keep-alive", true, "close"), (1, true, "keep-alive, x-hop", false, "x-hop"),
            (1, true, "disclosed", false, "disclosed"), (0, true, "", false, "keep-alive"), (0, false, "", true, ""),
        ])
    func connection(minor: Int, keepAlive: Bool, own: String, closes: Bool, sent: String) throws {
        let headers: HTTPFields = own.isEmpty ? [:] : [.connection: own]
        let response = try Encoded(minor: minor, keepAlive: keepAlive, start(.ok, headers), last())
        #expect(response.encoder.closesConnection == closes)
        let line = response.text.split(separator: "\r\n").first { $0.hasPrefix("Connection: ") }
        #expect(line.map { String($0.dropFirst(12)) } ?? "" == sent)
    }

    @Test("repeated fields keep their order")
    func order() throws {
        var headers: HTTPFields = [.setCookie: "a=1"]
        headers.append(HTTPField(name: .setCookie, value: "b=2"))
        #expect(try Encoded(start(.ok, headers), last()).text.contains("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"))
    }

    @Test("RFC 9112 §11.1: line breaks get into no field")
    func splitting() throws {
        let value = "a\r\nInjected: b"
        let text = (try? Encoded(start(.ok, [.location: value]), last()).text) ?? ""
        #expect(!text.contains("\r\nInjected"))
    }
}

@Suite("Response encoder: what is no response")
struct ResponseRefusalTests {
    private func code(_ events: HTTP.Outbound...) -> SendError.Code? {
        var encoder = ResponseEncoder(method: .get, minorVersion: 1, keepAlive: true)
        var out = ByteBuffer()
        for event in events {
            let before = out
            do throws(SendError) {
                _ = try encoder.encode(event, into: &out, date: "D", serverName: nil)
            } catch {
                #expect(out == before, "nothing of a refused event may leave")
                return error.code
            }
        }
        return nil
    }

    @Test("RFC 9110 §8.6: a body has as many bytes as Content-Length says")
    func contentLength() {
        let five = start(.ok, [.contentLength: "5"])
        #expect(code(five, last("12345")) == nil)
        #expect(code(five, piece("123"), last("45")) == nil)
        #expect(code(five, last("123456")) == .contentLengthMismatch)
        #expect(code(five, last("1234")) == .contentLengthMismatch)
        #expect(code(five, piece("123"), last("456")) == .contentLengthMismatch)
        #expect(code(five, piece("123"), last("4")) == .contentLengthMismatch)
        #expect(code(five, piece("123"), .responseTrailers([:])) == .contentLengthMismatch)
    }

    @Test(
        "RFC 9110 §8.6: Content-Length is one number",
        arguments: ["", "-0", "+5", "5, 5", "5 ", "0x5", "five", "99999999999999999999"])
    func malformed(value: String) {
        #expect(code(start(.ok, [.contentLength: value]), last("12345")) == (value == "5 " ? nil : .invalidHeader))
    }

    @Test("RFC 9112 §6.1: the application says nothing about how messages are framed")
    func framing() {
        var twice: HTTPFields = [.contentLength: "5"]
        twice.append(HTTPField(name: .contentLength, value: "5"))
        #expect(code(start(.ok, twice), last("12345")) == .invalidHeader)
        #expect(code(start(.ok, [.transferEncoding: "chunked"]), last()) == .invalidHeader)
        #expect(code(.informational(status: .earlyHints, headers: [.contentLength: "1"])) == .invalidHeader)
        for name in [HTTPField.Name.contentLength, .transferEncoding, .connection] {
            #expect(code(start(), piece("a"), .responseTrailers([name: "1"])) == .invalidHeader)
        }
    }

    @Test("events that do not fit the response's state")
    func state() {
        #expect(code(last()) == .wrongState)
        #expect(code(.responseTrailers([:])) == .wrongState)
        #expect(code(start(), .responseTrailers([:])) == .wrongState)
        #expect(code(start(), start()) == .wrongState)
        #expect(code(start(), piece("a"), start()) == .wrongState)
        #expect(code(start(), last(), last()) == .wrongState)
        #expect(code(start(), last(), piece("")) == .wrongState)
        #expect(code(start(.earlyHints), last()) == .wrongState)
        #expect(code(start(.switchingProtocols), last()) == .wrongState)
        #expect(code(.informational(status: .ok, headers: [:])) == .wrongState)
        #expect(code(.informational(status: .switchingProtocols, headers: [:])) == .wrongState)
        #expect(code(start(), piece("a"), .informational(status: .earlyHints, headers: [:])) == .wrongState)
    }

    @Test("a response that has not left can be replaced")
    func replaced() throws {
        var response = try Encoded(start(.ok, [.contentType: "a/b"]))
        response.encoder.reset()
        response.encoder.closeAfterwards()
        var out = ByteBuffer()
        _ = try response.encoder.encode(start(.notFound), into: &out, date: "D", serverName: nil)
        _ = try response.encoder.encode(last(), into: &out, date: "D", serverName: nil)
        #expect(
            String(buffer: out) == "HTTP/1.1 404 Not Found\r\nDate: D\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    }
}
