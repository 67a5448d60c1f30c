// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SluiceServer

@Suite("How long a request's body is")
struct RequestFramingTests {
    static let post = "POST / HTTP/1.1\r\nHost: a\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

    private func decode(_ text: String, limits: ServerConfiguration.HTTPLimits = .init()) -> DecodedRequests {
        DecodedRequests([Array(text.utf8)], limits: limits)
    }

    @Test("RFC 9112 §6.3: a request without either field has no body")
    func none() {
        let decoded = decode(Self.post + "\r\n" + Self.post + "Content-Length: 0\r\n\r\n")
        #expect(decoded.requests == ["POST /", "POST /"] && decoded.rest == 0)
    }

    @Test("RFC 9112 §6.2: a body of so many bytes", arguments: ["5", "05", "000000000000000005"])
    func length(text: String) {
        let decoded = decode(Self.post + "Content-Length: \(text)\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(decoded.requests == ["POST / 5|hello", "GET /"] && decoded.status == nil)
        #expect(decode(Self.post + "Content-Length: \(text)\r\n\r\nhell").requests == ["POST / 5|hell…"])
    }

    @Test(
        "RFC 9112 §6.3: a Content-Length that is not one number is refused",
        arguments: [
            "", "-1", "+5", "5 5", "5,5", "5, 5", "5,", "0x5", "5a", "five", "5.0", "5e0", "\u{0665}", "1_0",
            "18446744073709551616", "9223372036854775808", "4294967296000000000000", "5;", "\"5\"", "5\u{B}",
        ])
    func notLength(text: String) {
        #expect(decode(Self.post + "Content-Length: \(text)\r\n\r\nhello").status == 400)
    }

    @Test("RFC 9112 §6.3: more than one Content-Length is refused, whether they agree or not")
    func manyLengths() {
        for second in ["5", "6", "0"] {
            #expect(decode(Self.post + "Content-Length: 5\r\ncontent-length: \(second)\r\n\r\nhello").status == 400)
        }
    }

    @Test(
        "RFC 9112 §6.1: chunked in any case, with white space around it",
        arguments: ["chunked", "Chunked", "CHUNKED", " \tchunked \t"])
    func chunked(text: String) {
        let decoded = decode(Self.post + "Transfer-Encoding:\(text)\r\n\r\n0\r\n\r\n")
        #expect(decoded.requests == ["POST / chunked|"] && decoded.status == nil)
    }

    @Test(
        "RFC 9112 §6.1: any other Transfer-Encoding is refused",
        arguments: [
            ("", 400), ("identity", 400), ("gzip", 400), ("xchunked", 400), ("chunkedx", 400), ("chunked, gzip", 400),
            ("chunked, identity", 400), ("chunked, chunked", 400), ("chunked,", 400), (",chunked", 400),
            ("chunked;a=b", 400), ("\"chunked\"", 400), ("chunked\u{B}", 400), ("chun ked", 400), ("chunked\0", 400),
            ("gzip chunked", 400), ("\u{B}chunked", 400), ("gzip, chunked", 501), ("identity,chunked", 501),
        ])
    func notChunked(text: String, status: Int) {
        #expect(decode(Self.post + "Transfer-Encoding: \(text)\r\n\r\n0\r\n\r\n").status == status)
    }

    @Test("RFC 9112 §6.1, §11.2: both fields, repeated ones, or chunked in HTTP/1.0 are refused")
    func smuggling() {
        let (length, coding) = ("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n")
        for lines in [length + coding, coding + length, coding + coding, coding + "Transfer-Encoding: x\r\n"] {
            #expect(decode(Self.post + lines + "\r\n0\r\n\r\n").status == 400, "\(lines)")
        }
        #expect(decode("POST / HTTP/1.0\r\nHost: a\r\n\(coding)\r\n0\r\n\r\n").status == 400)
        for name in ["Transfer-Encoding ", "Transfer-Encoding\t", " Transfer-Encoding", "Transfer\u{7F}Encoding"] {
            #expect(decode(Self.post + "\(name): chunked\r\n\r\n0\r\n\r\n").status == 400)
        }
    }

    @Test("RFC 9112 §7.1: chunks, and what stands behind them")
    func chunks() {
        let body = "4\r\nWiki\r\n5;x=y\r\npedia\r\n0E\r\n in\r\n\r\nchunks.\r\n0\r\n\r\n"
        let decoded = decode(Self.chunked + body + "GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(decoded.requests == ["POST / chunked|Wikipedia in\r\n\r\nchunks.", "GET /b"])
        #expect(decode(Self.chunked + "5\r\nhel").requests == ["POST / chunked|hel…"])
        #expect(decode(Self.chunked + "5\r\nhello\r\n").requests == ["POST / chunked|hello…"])
    }

    @Test(
        "RFC 9112 §7.1: sizes that are not plain hexadecimal are refused",
        arguments: [
            "", " 5", "5 ", "\t5", "5\t", "+5", "-5", "0x5", "5x", "g", "5 5", "5,", "\u{665}", "5.0", "_5",
            "FFFFFFFFFFFFFFFF", "10000000000000005", "0000000000000000005", "5\u{B}", "5\0", "5h",
        ])
    func sizes(text: String) {
        let decoded = decode(Self.chunked + "\(text)\r\nhello\r\n0\r\n\r\n")
        #expect(decoded.status == 400 && decoded.requests == ["POST / chunked|…"])
    }

    @Test(
        "RFC 9112 §7.1: a chunk ends with CR LF, and so does its size",
        arguments: [
            "5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n",
            "5\r\nhello0\r\n\r\n", "5\r\nhelloo\r\n0\r\n\r\n", "5\r\nhello\r\n\r\n0\r\n\r\n",
            "5\r\r\nhello\r\n0\r\n\r\n",
            "5\r\nhello\r\r\n0\r\n\r\n", "5\r\nhello\r\n0\n\n", "5\r\nhello\r\n0\r\n\n", "5\r\nhello\r\n0\r\n\rX",
        ])
    func chunkEnds(body: String) {
        #expect(decode(Self.chunked + body).status == 400)
    }

    @Test(
        "RFC 9112 §7.1.1: extensions of the grammar are skipped",
        arguments: [
            ";a", ";a=b", ";a;b", ";a=\"b\"", ";a=\"b;\\\"c\"", " ; a = b", "\t;a", ";a=b;c=\"\"", ";a=\" \t\u{E9}\"",
        ])
    func extensions(text: String) {
        #expect(decode(Self.chunked + "5\(text)\r\nhello\r\n0\r\n\r\n").requests == ["POST / chunked|hello"])
    }

    @Test(
        "RFC 9112 §7.1.1: other extensions are refused",
        arguments: [
            ";", ";;", ";=b", ";a=", ";a b", ";a=\"", ";a=\"b", ";a=\"b\"c", ";a=\"\\", " ;a ", ";a\u{1}", ";a=b\rc",
            ";a=\"\u{7F}\"", ";a\nb", "; \u{B}a",
        ])
    func notExtensions(text: String) {
        #expect(decode(Self.chunked + "5\(text)\r\nhello\r\n0\r\n\r\n").status == 400)
    }

    @Test("RFC 9112 §7.1.1: the extensions of one body are limited, of one chunk or of many, whole or not")
    func extensionLimit() {
        var limits = ServerConfiguration.HTTPLimits()
        limits.chunkExtensionBytes = 40
        let ten = ";" + String(repeating: "a", count: 9)
        func status(_ body: String) -> Int? { decode(Self.chunked + body, limits: limits).status }
        let chunk = "1\(ten)\r\nx\r\n"
        #expect(status(String(repeating: chunk, count: 4) + "0\r\n\r\n") == nil)
        #expect(status(String(repeating: chunk, count: 4) + "1;a\r\nx\r\n") == 400)
        #expect(status("1\(ten)\(ten)\(ten)\(ten);a\r\nx") == 400)
        #expect(status("1;" + String(repeating: "a", count: 60)) == 400)
        #expect(status("1;" + String(repeating: "a", count: 30)) == nil)
    }

    @Test("RFC 9110 §6.5: trailer fields are checked and let go")
    func trailers() {
        let decoded = decode(Self.chunked + "0\r\nX: y\r\nServer-Timing: z\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(decoded.requests == ["POST / chunked|", "GET /b"])
    }

    @Test(
        "RFC 9110 §6.5.1: trailers that would change how the request is read are refused",
        arguments: [
            "Content-Length: 5", "Transfer-Encoding: chunked", "Host: b", "Connection: close", "Expect: 100-continue",
            "Upgrade: x", "Authorization: x", "Cookie: x", "Content-Type: x", "Content-Encoding: x", "Content-Range: x",
        ])
    func forbiddenTrailers(line: String) {
        #expect(decode(Self.chunked + "0\r\n\(line)\r\n\r\n").status == 400)
    }

    @Test("RFC 9112 §7.1.2: trailers are under the rules and limits of header fields")
    func trailerRules() {
        for lines in ["X : y\r\n", " X: y\r\n", "X\r\n", "X: y\n", "X: \u{1}\r\n", "X: y\r\n z\r\n"] {
            #expect(decode(Self.chunked + "0\r\n\(lines)\r\n").status == 400)
        }
        let long = String(repeating: "a", count: 17 << 10)
        #expect(decode(Self.chunked + "0\r\nX: \(long)\r\n\r\n").status == 431)
        #expect(decode(Self.chunked + "0\r\nX: \(long)").status == 431)
        #expect(decode(Self.chunked + "0\r\n" + String(repeating: "X: y\r\n", count: 101)).status == 431)
    }
}
