// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

/// A request that is none: its stream is reset, the connection lives on.
struct MalformedCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fields: [(String, String)]

    init(_ name: String, _ fields: [(String, String)]) {
        testDescription = name
        self.fields = fields
    }

    private static func without(_ name: String) -> [(String, String)] { FrameClient.request().filter { $0.0 != name } }

    private static func with(_ name: String, _ value: String) -> [(String, String)] {
        FrameClient.request().map { $0.0 == name ? (name, value) : $0 }
    }

    static let all: [MalformedCase] =
        ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"].map {
            MalformedCase("§8.2.2 \($0)", FrameClient.request("GET", "/", [($0, "x")]))
        }
        + [":method", ":scheme", ":path", ":authority"].map { MalformedCase("§8.3.1 no \($0)", without($0)) }
        + [":method", ":scheme", ":path", ":authority"].map { name in
            MalformedCase("§8.3.1 \(name) twice", FrameClient.request() + FrameClient.request().filter { $0.0 == name })
        }
        + [
            .init("§8.2.2 te: gzip", FrameClient.request("GET", "/", [("te", "gzip")])),
            .init("§8.3 an unknown pseudo-header field", [(":x", "y")] + FrameClient.request()),
            .init("§8.3 :status of a client", [(":status", "200")] + FrameClient.request()),
            .init("§8.3 a pseudo-header field behind others", without(":path") + [("x", "y"), (":path", "/")]),
            .init("§8.3.1 an empty :path", with(":path", "")),
            .init("§8.3.1 :path without a slash", with(":path", "plain")),
            .init("§8.3.1 :path with an authority", with(":path", "http://localhost/")),
            .init("§8.3 :path with a space", with(":path", "/a b")),
            .init("§8.3.1 * for GET", with(":path", "*")),
            .init("§8.3.1 user information", with(":authority", "me@localhost")),
            .init("§8.3.1 Host is another one", FrameClient.request("GET", "/", [("host", "evil")])),
            .init("§8.3.1 two Hosts", without(":authority") + [("host", "a"), ("host", "b")]),
            .init("§8.3 a method that is no token", with(":method", "GE T")),
            .init("§8.5 CONNECT with a path", [(":method", "CONNECT"), (":authority", "a:1"), (":path", "/")]),
            .init("§8.1.1 Content-Length with a sign", FrameClient.request("GET", "/", [("content-length", "+0")])),
            .init("§8.1.1 Content-Length as a list", FrameClient.request("GET", "/", [("content-length", "0, 0")])),
            .init(
                "§8.1.1 Content-Length twice",
                FrameClient.request("GET", "/", [("content-length", "0"), ("content-length", "0")])),
            .init("§8.1.1 Content-Length without a body", FrameClient.request("GET", "/", [("content-length", "5")])),
            .init("RFC 8441 §4 :protocol without CONNECT", FrameClient.request() + [(":protocol", "websocket")]),
        ]
}

@Suite("RFC 9113: requests", .timeLimit(.minutes(1)))
struct HTTP2RequestTests {
    @Test("what is malformed is PROTOCOL_ERROR on its stream alone", arguments: MalformedCase.all)
    func malformed(example: MalformedCase) async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(server)
            // Encoded again and again, such a block would refer to the table; written anew, it stays what it is.
            try await client.send(client.headers(1, example.fields))
            #expect(try await client.reset(1) == ErrorCode.protocolError)
            try await client.send(client.headers(3))
            #expect(try await client.response(3).text == "GET / ")
        }
    }

    @Test(
        "§8.2.1 fields with illegal bytes are PROTOCOL_ERROR",
        arguments: [
            ("X-Test", "a"), ("a b", "a"), ("a\0", "a"), ("a:b", "a"), ("a(", "a"), ("a\u{7F}", "a"), ("x", "a\rb"),
            ("x", "a\nb"), ("x", "a\0b"), ("x", " a"), ("x", "a "), ("x", "\ta"), ("x", "a\u{1}"), ("x", "a\u{7F}"),
        ])
    func illegalBytes(name: String, value: String) async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(server)
            var block = try client.block(FrameClient.request())
            block.writeBytes(FrameClient.literal(name, value))
            try await client.send(Frame(.headers, Frame.endHeaders | Frame.endStream, stream: 1, block))
            #expect(try await client.reset(1) == ErrorCode.protocolError)
            try await client.ping()
        }
    }

    @Test("§8.3.1 the scope has what the request says")
    func scope() async throws {
        let notes = Notes()
        let router = http { scope, _, send in
            notes.add("\(scope.httpVersion) \(scope.method) \(scope.scheme) \(scope.rawPath) ? \(scope.queryString)")
            for field in scope.headers { notes.add("\(field.name): \(field.value)") }
            notes.add("\(scope.client?.port != nil) \(scope.server?.port != nil)")
            try await send.respond("")
        }
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            let fields = [("cookie", "a=1"), ("x-y", "z"), ("cookie", "b=2"), ("te", "trailers"), ("under_score", "1")]
            try await client.send(client.headers(1, FrameClient.request("GET", "/a%20b?c=d", fields)))
            _ = try await client.response(1)
            #expect(
                notes.all == [
                    "2 GET http /a%20b ? c=d", "x-y: z", "te: trailers", "host: localhost", "Cookie: a=1; b=2",
                    "true true",
                ])
        }
    }

    @Test("§8.3.1 Host alone names the authority")
    func hostAlone() async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(server)
            let fields = [(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "localhost")]
            try await client.send(client.headers(1, fields))
            #expect(try await client.response(1).status == "200")
        }
    }

    @Test(
        "what cannot be served is answered",
        arguments: [
            (FrameClient.request("GET", "/%00"), "400"),
            (FrameClient.request("GET", "/" + String(repeating: "a", count: 9_000)), "414"),
            ([(":method", "CONNECT"), (":authority", "localhost:80")], "501"),
            (FrameClient.request("CONNECT", "/") + [(":protocol", "connect-udp")], "501"),
            (FrameClient.request("TRACE", "/"), "501"),
            (FrameClient.request("OPTIONS", "*"), "204"),
            ([(":method", "GET"), (":scheme", "ftp"), (":path", "/"), (":authority", "localhost")], "400"),
            (FrameClient.request("GET", "/", (0..<101).map { ("x-\($0)", "") }), "431"),
        ])
    func refused(fields: [(String, String)], status: String) async throws {
        let router = ProtocolTypeRouter(
            http: echo.application(for: HTTP.self), webSocket: echoing.application(for: WebSocket.self))
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1, fields))
            #expect(try await client.response(1).status == status)
            try await client.ping()
        }
    }

    @Test(
        "§10.5.1 a header list over the limit is answered with 431, far over it the connection ends",
        arguments: [5, 20])
    func headerList(kilobytes: Int) async throws {
        var configuration = ServerConfiguration.http2()
        configuration.http.headerBytes = 4 << 10
        try await withHTTP2Server(echo, configuration) { server in
            let client = try await FrameClient(server)
            let fields = (0..<kilobytes).map { ("x-\($0)", String(repeating: "v", count: 1_000)) }
            let block = try client.block(FrameClient.request("GET", "/", fields))
            var rest = block
            var frames: [Frame] = []
            while let piece = rest.readSlice(length: min(rest.readableBytes, 2_000)), piece.readableBytes > 0 {
                let ends = rest.readableBytes == 0 ? Frame.endHeaders : 0
                let kind: Frame.Kind = frames.isEmpty ? .headers : .continuation
                frames.append(Frame(kind, ends | (frames.isEmpty ? Frame.endStream : 0), stream: 1, piece))
            }
            try await client.send(frames)
            if kilobytes == 5 {
                #expect(try await client.response(1).status == "431")
                try await client.ping()
            } else {
                #expect(try await client.goAway().code != ErrorCode.noError)
                try await client.end()
            }
        }
    }

    @Test("§8.1 bodies come as they were sent, trailers are passed over")
    func body() async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(server)
            try await client.send(
                client.headers(1, FrameClient.request("POST", "/", [("content-length", "6")]), ends: false),
                Frame(.data, Frame.padded, stream: 1, bytes: [2] + Array("abc".utf8) + [0, 0]),
                Frame(.data, stream: 1), Frame(.data, stream: 1, bytes: Array("def".utf8)),
                client.headers(1, [("x-checksum", "1")]))
            #expect(try await client.response(1).text == "POST / abcdef")
        }
    }

    @Test(
        "§8.1 trailers with a pseudo-header field, or without END_STREAM, are PROTOCOL_ERROR", arguments: [true, false])
    func trailers(isPseudo: Bool) async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(server)
            try await client.send(
                client.headers(1, FrameClient.request("POST"), ends: false), Frame(.data, stream: 1, bytes: [1]),
                client.headers(1, isPseudo ? [(":method", "GET")] : [("x", "y")], ends: isPseudo))
            #expect(try await client.reset(1) == ErrorCode.protocolError)
            try await client.ping()
        }
    }

    @Test("§8.1.1 a body that is not as long as Content-Length is PROTOCOL_ERROR", arguments: ["2", "4"])
    func contentLength(length: String) async throws {
        let notes = Notes()
        let router = http { _, receive, _ in notes.add(try await receive.body() == nil ? "disconnect" : "whole") }
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            try await client.send(
                client.headers(1, FrameClient.request("POST", "/", [("content-length", length)]), ends: false),
                Frame(.data, Frame.endStream, stream: 1, bytes: [1, 2, 3]))
            #expect(try await client.reset(1) == ErrorCode.protocolError)
            try await client.ping()
            try await eventually("the disconnect") { notes.all == ["disconnect"] }
        }
    }

    @Test("RFC 9110 §10.1.1: 100 when the application asks for the body, not before")
    func continues() async throws {
        let gate = Gate()
        let router = http { scope, receive, send in
            try await gate.wait()
            let body = try await receive.body()
            try await send.respond("\(body?.readableBytes ?? -1)")
        }
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            try await client.send(
                client.headers(1, FrameClient.request("POST", "/", [("expect", "100-continue")]), ends: false))
            try await client.ping()
            gate.open()
            let frame = try await client.next()
            #expect(frame.kind == .headers && !frame.endsStream)
            #expect(try client.decode(frame.payload).map(\.1) == ["100"])
            try await client.send(Frame(.data, Frame.endStream, stream: 1, bytes: [1]))
            #expect(try await client.response(1).text == "1")
        }
    }

    @Test("§5.1.2 streams over the limit are refused, those below it are served")
    func concurrency() async throws {
        var configuration = ServerConfiguration.http2()
        configuration.http2.concurrentStreams = 2
        try await withHTTP2Server(echo, configuration) { server in
            let client = try await FrameClient(server)
            #expect(client.settings[3] == 2)
            for stream: UInt32 in [1, 3, 5] {
                try await client.send(client.headers(stream, FrameClient.request("POST"), ends: false))
            }
            #expect(try await client.reset(5) == ErrorCode.refusedStream)
            try await client.send(Frame(.data, Frame.endStream, stream: 3, bytes: [65]))
            #expect(try await client.response(3).text == "POST / A")
            try await client.send(client.headers(7))
            #expect(try await client.response(7).status == "200")
        }
    }
}
#endif
