// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import Testing

@testable import SluiceServer

@Suite("Header fields")
struct RequestFieldTests {
    /// The outcome of a GET with these lines behind the request line.
    private func decode(_ lines: String, version: String = "1.1") -> DecodedRequests {
        DecodedRequests([Array("GET / HTTP/\(version)\r\n\(lines)\r\n\r\n".utf8)])
    }

    private func head(_ bytes: [UInt8]) throws -> RequestHead? {
        var decoder = RequestDecoder()
        decoder.feed(ByteBuffer(bytes: bytes))
        guard case .head(let head) = try decoder.next(.init()) else { return nil }
        return head
    }

    @Test("RFC 9112 §5: fields in order, without the white space around their values")
    func fields() throws {
        let head = try #require(
            try head(Array("GET / HTTP/1.1\r\nHost:a\r\nX-One: \t b  c \t\r\nx-one:\r\nAccept: */*\r\n\r\n".utf8)))
        #expect(
            head.fields.map { "\($0.name.canonicalName)=\($0.value)" } == [
                "host=a", "x-one=b  c", "x-one=", "accept=*/*",
            ])
    }

    @Test(
        "RFC 9112 §5.1: names are tokens, with the colon right behind them",
        arguments: [
            "X : b", "X\t: b", " X: b", "\tX: b", ": b", "X", "X b", "X Y: b", "X\u{1}: b", "X\0: b", "\u{E9}: b",
            "X\u{7F}: b", "X(: b", "X@: b", "\"X\": b", "X;: b", "X/: b", "[X]: b", "{X}: b", "X=Y",
        ])
    func names(line: String) {
        #expect(decode("Host: a\r\n\(line)").status == 400)
        #expect(decode("\(line)\r\nHost: a").status == 400)
    }

    @Test("RFC 9112 §5.2: folded lines are refused")
    func folding() {
        #expect(decode("Host: a\r\nX: b\r\n c").status == 400)
        #expect(decode("Host: a\r\nX: b\r\n\tc: d").status == 400)
        #expect(decode("Host: a\r\nX: b\r\n \r\nY: c").status == 400)
        #expect(decode(" Host: a").status == 400)
        #expect(decode("Host: a\r\nTransfer-Encoding:\r\n chunked").status == 400)
    }

    @Test(
        "RFC 9110 §5.5: control characters in values are refused",
        arguments: ["\0", "\u{1}", "\u{B}", "\u{C}", "\u{1C}", "\u{1F}", "\u{7F}", "\u{80}", "\u{85}", "\u{9F}"])
    func controls(text: String) {
        #expect(decode("Host: a\r\nX: a\(text)b").status == 400)
        #expect(decode("Host: a\r\nX: \(text)").status == 400)
    }

    @Test(
        "RFC 9112 §2.2: a bare CR or LF is no line end",
        arguments: [
            "Host: a\nX: b", "Host: a\rX: b", "Host: a\r\nX: a\rb", "Host: a\r\nX: a\nb", "Host: a\r\r\nX: b",
            "Host: a\r\nX: b\n\r\n", "Host: a\r\nX: b\r", "Host: a\n\n", "Host: a\r\n\nX: b", "Host: a\r\nX:\n b",
        ])
    func lineEnds(lines: String) {
        #expect(decode(lines).status == 400)
    }

    @Test("RFC 9110 §5.5: bytes above ASCII arrive as they are")
    func obsText() throws {
        let start = Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8)
        for (bytes, text) in [(Array("é你😀".utf8), "é你😀"), ([0x61, 0xE9, 0x62], "a\u{FFFD}b")] {
            let field = try #require(try head(start + bytes + Array("\r\n\r\n".utf8))?.fields.last)
            #expect(field.value == text)
            #expect(field.withUnsafeBytesOfValue { Array($0) } == bytes)
        }
    }

    @Test("names with an underscore are dropped, whatever they pose as")
    func underscore() throws {
        let head = try #require(
            try head(Array("GET / HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\nX_Real_IP: b\r\nY: c\r\n\r\n".utf8)))
        #expect(head.fields.map(\.name.canonicalName) == ["host", "y"] && head.framing == .none)
    }

    @Test("RFC 9112 §3.2: exactly one Host that is valid; HTTP/1.0 may leave it out")
    func host() {
        for lines in ["X: a", "Host: a\r\nHost: a", "Host: a\r\nhost: b", "Host: a\r\nHOST:"] {
            #expect(decode(lines).status == 400)
        }
        for value in ["a", "a.b:80", "a:", "127.0.0.1", "[::1]", "[::1]:80", "[::ffff:1.2.3.4]:1", "", "a%20b", "a_b"] {
            #expect(decode("Host: \(value)").requests == ["GET /"], "\(value)")
        }
        for value in [
            "a b", "a/b", "u@a", "a, b", "a:b", "a:80:80", "a:65536", "a:123456", ":80", "[::1", "::1", "[a]", "[]",
            "[::1]x", "a%", "a%zz", "a%00b", "a%0ab", "a%7F", "http://a", "a\\b", "a?b", "a#b", "<a>", "a:-1",
            String(repeating: "a", count: 300),
        ] {
            #expect(decode("Host: \(value)").status == 400, "\(value)")
        }
        #expect(decode("X: a", version: "1.0").requests == ["GET /"])
        #expect(decode("Host: a\r\nHost: b", version: "1.0").status == 400)
        #expect(decode("Host: a b", version: "1.0").status == 400)
    }

    @Test("RFC 9110 §10.1.1: only 100-continue can be expected, and HTTP/1.0 does not know it")
    func expectation() throws {
        for value in ["100-continue, x", "x", "", "200-ok", "100-continue=1"] {
            #expect(decode("Host: a\r\nExpect: \(value)").status == 417, "\(value)")
        }
        let text = " / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n"
        #expect(try head(Array("POST\(text)".utf8))?.expectsContinue == true)
        let old = text.replacing("1.1", with: "1.0")
        #expect(try head(Array("POST\(old)".utf8))?.expectsContinue == false)
    }

    @Test(
        "RFC 9112 §9.3: whether the connection is kept",
        arguments: [
            ("1.1", "x", true), ("1.1", "close", false), ("1.1", "Close", false), ("1.1", "x, close", false),
            ("1.1", "keep-alive", true), ("1.1", "close, keep-alive", false), ("1.1", "xclose", true),
            ("1.1", ",,close ,", false), ("1.0", "x", false), ("1.0", "keep-alive", true),
            ("1.0", "Keep-Alive, x", true), ("1.0", "close", false),
        ])
    func connection(version: String, value: String, isKept: Bool) throws {
        let text = "GET / HTTP/\(version)\r\nHost: a\r\nConnection: \(value)\r\n\r\n"
        #expect(try head(Array(text.utf8))?.keepsAlive == isKept)
    }

    @Test("RFC 6585 §5: limits of one field, of all, and of their number, whole or not")
    func limits() {
        var limits = ServerConfiguration.HTTPLimits()
        (limits.fieldBytes, limits.headerBytes, limits.fieldCount) = (20, 50, 5)
        func status(_ lines: String) -> Int? {
            DecodedRequests([Array("GET / HTTP/1.1\r\nHost: a\r\n\(lines)".utf8)], limits: limits).status
        }
        let twenty = "X: " + String(repeating: "a", count: 17)
        #expect(status("\(twenty)\r\n\r\n") == nil && status("\(twenty)a\r\n\r\n") == 431)
        #expect(status("\(twenty)aaa") == 431)
        #expect(status("\(twenty)\r\n\(twenty)\r\n\r\n") == nil)
        #expect(status("\(twenty)\r\n\(twenty)\r\nX: a\r\n\r\n") == 431)
        #expect(status("\(twenty)\r\n\(twenty)\r\nX: abc") == 431)
        #expect(status("a:\r\nb:\r\nc:\r\nd:\r\n\r\n") == nil)
        #expect(status("a:\r\nb:\r\nc:\r\nd:\r\ne:\r\n") == 431)
    }

    @Test("a common name needs no string of its own, and is the same as any other")
    func knownNames() throws {
        for name in ["content-length", "Host", "USER-AGENT", "Sec-WebSocket-Key", "x-request-id"] {
            let field = Array(name.utf8).withUnsafeBytes { KnownField.find($0) }
            #expect(field?.name == HTTPField.Name(name))
        }
        for name in ["", "x", "hosts", "content-lengtn", String(repeating: "a", count: 200), "user\u{1}agent"] {
            #expect(Array(name.utf8).withUnsafeBytes { KnownField.find($0) } == nil)
        }
    }

    @Test("RFC 9110 §5.6.2: the bytes of a token")
    func tokenBytes() {
        for byte in UInt8.min ... .max {
            let isToken =
                byte < 128 && HTTPField.Name(String(UnicodeScalar(byte))) != nil
            #expect(byte.isTokenByte == isToken, "\(byte)")
        }
    }
}
