// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Testing

@testable import SluiceServer

@Suite("Request lines")
struct RequestLineTests {
    /// The outcome of a line with a Host behind it.
    private func decode(_ line: String) -> DecodedRequests {
        DecodedRequests([Array("\(line)\r\nHost: a\r\n\r\n".utf8)])
    }

    @Test(
        "RFC 9112 §3: method, target and version, with one space between them",
        arguments: [
            "nonsense", "GET", "GET ", "GET /", "GET / ", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ",
            " GET / HTTP/1.1", "GET\t/ HTTP/1.1", "GET /\tHTTP/1.1", "GET / x HTTP/1.1", "GET HTTP/1.1", "/ HTTP/1.1",
            "GET / HTTP /1.1", "GET /\u{B}HTTP/1.1", "GET / HTTP/1.1\0",
        ])
    func form(line: String) {
        #expect(decode(line).status == 400)
    }

    @Test(
        "RFC 9110 §9.1: any token is a method, in its own case",
        arguments: [
            "GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "TRACES", "get", "G", "BREW",
            "M-SEARCH", "!#$%&'*+-.^_`|~09az", String(repeating: "A", count: 64),
        ])
    func method(name: String) {
        #expect(decode("\(name) / HTTP/1.1").requests == ["\(name) /"])
    }

    @Test(
        "RFC 9110 §5.6.2: what is no token is no method",
        arguments: ["G(T", "G,T", "GE\u{E9}", "GET:", "G\"T", "{}", "[GET]", "GET/", "@", "\u{7F}", "G\0T", ""])
    func notMethod(name: String) {
        #expect(decode("\(name) / HTTP/1.1").status == 400)
    }

    @Test("RFC 9112 §3: a method that is too long is not implemented")
    func longMethod() {
        #expect(decode(String(repeating: "A", count: 65) + " / HTTP/1.1").status == 501)
        #expect(DecodedRequests([[UInt8](repeating: 0x41, count: 65)]).status == 501)
    }

    @Test("RFC 9110 §9.3.6, §9.3.8: CONNECT and TRACE are refused")
    func refused() {
        #expect(decode("TRACE / HTTP/1.1").status == 501)
        #expect(decode("CONNECT a:443 HTTP/1.1").status == 501)
        #expect(decode("CONNECT / HTTP/1.1").status == 501)
    }

    @Test(
        "RFC 9110 §2.5: versions",
        arguments: [
            ("HTTP/1.1", nil), ("HTTP/1.0", nil), ("HTTP/1.2", nil), ("HTTP/1.9", nil), ("HTTP/2.0", 505),
            ("HTTP/0.9", 505), ("HTTP/3.0", 505), ("HTTP/9.9", 505), ("http/1.1", 400), ("HTTP/1", 400),
            ("HTTP/1.", 400), ("HTTP/1.10", 400), ("HTTP/01.1", 400), ("HTTP/1,1", 400), ("HTTP/a.b", 400),
            ("HTTP/1.1x", 400), ("XTTP/1.1", 400), ("HTTPS/1.1", 400), ("HTTP/-1.1", 400), ("1.1", 400), ("HTTP", 400),
        ] as [(String, Int?)])
    func version(text: String, status: Int?) {
        #expect(decode("GET / \(text)").status == status)
    }

    @Test("RFC 9113 §3.4: the preface of HTTP/2 is another version")
    func preface() {
        #expect(DecodedRequests([Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)]).status == 505)
    }

    @Test("RFC 9112 §3.2.4: the asterisk is for OPTIONS alone")
    func asterisk() {
        #expect(decode("OPTIONS * HTTP/1.1").requests == ["OPTIONS *"])
        #expect(decode("GET * HTTP/1.1").status == 400)
        for target in ["**", "*?a", "*/", "*#"] { #expect(decode("OPTIONS \(target) HTTP/1.1").status == 400) }
    }

    @Test("RFC 9112 §3.2: targets of other forms are refused", arguments: ["a:80", "a", "?a", "ftp://a/", "http:/a"])
    func target(text: String) {
        #expect(decode("GET \(text) HTTP/1.1").status == 400)
    }

    @Test("RFC 9110 §15.5.15: a target that is too long, whole or not")
    func longTarget() {
        let most = "/" + String(repeating: "a", count: (8 << 10) - 1)
        #expect(decode("GET \(most) HTTP/1.1").requests == ["GET \(most)"])
        #expect(decode("GET \(most)a HTTP/1.1").status == 414)
        #expect(DecodedRequests([Array("GET /".utf8), [UInt8](repeating: 0x61, count: 9 << 10)]).status == 414)
    }

    @Test("RFC 9112 §2.2: one empty line before a request is skipped, no more and no other")
    func emptyLines() {
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        func decode(_ text: String) -> DecodedRequests { DecodedRequests([Array(text.utf8)]) }
        #expect(decode("\r\n" + request).requests == ["GET /"])
        #expect(decode(request + "\r\n" + request).requests == ["GET /", "GET /"])
        #expect(decode("\r\n\r\n" + request).status == 400)
        #expect(decode("\n" + request).status == 400)
        #expect(decode(" \r\n" + request).status == 400)
        #expect(decode("\r" + request).status == 400)
    }

    @Test("what cannot become a request is refused without waiting for more")
    func early() {
        for start in ["\u{16}\u{3}\u{1}\u{2}", "GET /\u{0}", "G{", " GET", "GET\r/", "GET / HTTP/1.1\r\nA\u{1}"] {
            #expect(DecodedRequests([Array(start.utf8)]).status == 400, "\(start.debugDescription)")
        }
        #expect(DecodedRequests([Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)]).status == 400)
    }
}
