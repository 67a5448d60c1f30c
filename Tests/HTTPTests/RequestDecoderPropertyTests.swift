// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import SluiceServer

@Suite("Requests however their bytes come")
struct RequestDecoderPropertyTests {
    /// Conversations with everything that can stand in one.
    static let conversations: [String] = {
        let get = "GET /a?b HTTP/1.1\r\nHost: a.b:80\r\nX-A:  b \r\nConnection: keep-alive\r\n\r\n"
        let length = "POST /l HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        let chunks = "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let body = "3\r\nabc\r\n2;x=\"y z\"\r\nde\r\n0\r\nX: y\r\nZ: \r\n\r\n"
        return [
            get, length, chunks + body, get + length + chunks + body + get, "\r\n" + get + "\r\n" + length,
            "OPTIONS * HTTP/1.0\r\n\r\n" + get, "GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n",
            get + "nonsense\r\n\r\n" + get, length + "GET / HTTP/1.1\r\n\r\n", get + "GET / HTTP/1.1\nHost: a\r\n\r\n",
            chunks + "3\r\nabc\r\nzz\r\n", chunks + "3\r\nabcd\r\n", chunks + "3\r\nab", get + "GET / HT",
            length + "\r\n",
            chunks + "5 \r\nhello\r\n0\r\n\r\n", chunks + "0\r\nHost: b\r\n\r\n", get + "\r\n\r\n" + get,
            "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ]
    }()

    @Test("cut at any one place, and at every place", arguments: conversations)
    func cuts(text: String) {
        let bytes = Array(text.utf8)
        let whole = DecodedRequests([bytes])
        for cut in 0...bytes.count {
            #expect(DecodedRequests([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole, "cut at \(cut)")
        }
        #expect(DecodedRequests(bytes.map { [$0] }) == whole)
    }

    @Test("a head that comes slowly is not scanned again and again")
    func slowHead() {
        var decoder = RequestDecoder()
        var limits = ServerConfiguration.HTTPLimits()
        (limits.fieldBytes, limits.headerBytes) = (1 << 20, 1 << 20)
        decoder.feed(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\nX: "))
        // As many reads of one line: with a scan from its start each, minutes.
        for _ in 0..<50_000 {
            decoder.feed(ByteBuffer(integer: UInt8(ascii: "a")))
            #expect(throws: Never.self) { try decoder.next(limits) == nil }
        }
        #expect(decoder.isInHead)
    }

    @Test("behind an error there is nothing but the error")
    func failed() throws {
        var decoder = RequestDecoder()
        decoder.feed(ByteBuffer(string: "nonsense\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        for _ in 0..<3 {
            #expect(throws: RequestRefusal.self) { try decoder.next(.init()) }
            #expect(decoder.unreadBytes == 0)
        }
    }

    @Test("RFC 9112 §7.1: a byte a chunk is one piece a read")
    func tinyChunks() throws {
        var decoder = RequestDecoder()
        decoder.feed(ByteBuffer(string: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"))
        guard case .head = try decoder.next(.init()) else { throw CancellationError() }
        decoder.feed(ByteBuffer(string: String(repeating: "1\r\nx\r\n", count: 10_000) + "0\r\n\r\n"))
        guard case .body(let body, isLast: true) = try decoder.next(.init()) else { throw CancellationError() }
        #expect(body.readableBytes == 10_000)
        #expect(try decoder.next(.init()) == nil)
    }

    @Test("what was not decoded is the next protocol's")
    func rest() throws {
        var decoder = RequestDecoder()
        decoder.feed(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\nframes"))
        guard case .head(let head) = try decoder.next(.init()) else { throw CancellationError() }
        #expect(head.hasUpgrade && String(buffer: decoder.takeRest()) == "frames" && decoder.unreadBytes == 0)
    }
}
