// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceWebSocket
import Testing

@testable import SluiceServer

@Suite("Fuzzing of HTTP/1.1 connections")
struct ConnectionFuzzTests {
    private static let corpus: [[UInt8]] = {
        let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
        let length = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        let chunks =
            "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: y\r\n\r\n"
        let asks = "POST /d HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok"
        let texts = [
            get, get + get + get, length + get, chunks + length + get, asks + get, "\r\n" + get,
            "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" + get,
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get, "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", handshake, get + handshake,
        ]
        var corpus = texts.map { Array($0.utf8) }
        let opening = Array(handshake.utf8)
        var messages = frames("one", String(repeating: "x", count: 200))
        FrameEncoder(role: .client).writePing(into: &messages)
        corpus.append(opening + Array(messages.readableBytesView))
        FrameEncoder(role: .client).writeClose(.normalClosure, reason: "", into: &messages)
        corpus.append(opening + Array(messages.readableBytesView))
        return corpus
    }()

    @Test("RFC 9112, RFC 6455: whatever comes, answers are well-formed, and nothing is left of the connection")
    func damaged() throws {
        let fuzzed = FuzzedHost()
        try FuzzedHost.forSomeTime { random, seed in
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes += Self.corpus[Int.random(in: Self.corpus.indices, using: &random)]
            }
            random.damage(&bytes)
            let answer = try fuzzed.serve(random.cut(bytes))
            #expect(Self.isWellFormed(answer), "seed \(seed)")
            #expect(answer.readableBytes <= 100_000, "seed \(seed)")
            #expect(!fuzzed.host.isBusy, "seed \(seed)")
        }
    }

    /// Whether it is responses, one behind the other, and frames behind a 101.
    private static func isWellFormed(_ answer: ByteBuffer) -> Bool {
        var rest = answer.readableBytesView[...]
        while !rest.isEmpty {
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { return false }
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
            rest = rest[end.upperBound...]
            guard let status = lines.first?.wholeMatch(of: /HTTP\/1\.1 ([1-5][0-9][0-9]) [A-Za-z ]+/)?.1 else {
                return false
            }
            if status == "101" { return areFrames(ByteBuffer(rest)) }
            let length = lines.lazy.compactMap { $0.wholeMatch(of: /(?i)content-length: ([0-9]+)/)?.1 }.first
            // The answer to HEAD names a length that does not follow.
            guard let count = length.flatMap({ Int($0) }), !rest.starts(with: Array("HTTP/1.1 ".utf8)) else { continue }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func areFrames(_ bytes: ByteBuffer) -> Bool {
        var decoder = WebSocketDecoder(role: .client)
        decoder.feed(bytes)
        do {
            while try decoder.next() != nil {}
            return true
        } catch {
            return false
        }
    }
}
