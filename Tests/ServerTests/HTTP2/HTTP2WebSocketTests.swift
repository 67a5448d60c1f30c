// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import SluiceWebSocket
import Testing

/// A WebSocket in a stream, as a client sees it.
private final class Tunnel {
    let client: FrameClient
    let stream: UInt32
    private var decoder = WebSocketDecoder(role: .client)
    private(set) var hasEnded = false

    init(_ client: FrameClient, stream: UInt32 = 1) {
        self.client = client
        self.stream = stream
    }

    static func request(_ path: String = "/ws", _ fields: [(String, String)] = []) -> [(String, String)] {
        FrameClient.request("CONNECT", path) + [(":protocol", "websocket"), ("sec-websocket-version", "13")] + fields
    }

    /// Asks, and reads the answer's head.
    func open(_ path: String = "/ws", _ fields: [(String, String)] = []) async throws -> [(String, String)] {
        try await client.send(client.headers(stream, Self.request(path, fields), ends: false))
        while true {
            let frame = try await client.next()
            if frame.kind == .headers, frame.stream == stream {
                #expect(!frame.endsStream)
                return try client.decode(frame.payload)
            }
        }
    }

    func send(_ text: String) async throws {
        try await client.send(Frame(.data, stream: stream, frames(text)))
    }

    func send(close code: UInt16, ends: Bool = false) async throws {
        var bytes = ByteBuffer()
        FrameEncoder(role: .client).writeClose(CloseCode(rawValue: code), reason: "", into: &bytes)
        try await client.send(Frame(.data, ends ? Frame.endStream : 0, stream: stream, bytes))
    }

    /// The next event, or `nil` at the end of the stream.
    func next() async throws -> WebSocketEvent? {
        while true {
            if let event = try decoder.next() { return event }
            if hasEnded { return nil }
            let frame = try await client.next()
            guard frame.stream == stream else { continue }
            if frame.kind == .resetStream { throw FrameClient.UnexpectedFrame(frame: frame) }
            guard frame.kind == .data else { continue }
            decoder.feed(frame.payload)
            hasEnded = frame.endsStream
        }
    }

    func text() async throws -> String? {
        guard case .text(let bytes) = try await next() else { return nil }
        return String(buffer: bytes)
    }

    func close() async throws -> UInt16? {
        guard case .close(let code, _) = try await next() else { return nil }
        return code?.rawValue
    }
}

@Suite("RFC 8441: WebSocket over HTTP/2", .timeLimit(.minutes(1)))
struct HTTP2WebSocketTests {
    @Test("§3, §4: the setting says so, where there is an application for it", arguments: [true, false])
    func setting(isThere: Bool) async throws {
        try await withHTTP2Server(isThere ? echoing : echo) { server in
            let client = try await FrameClient(server)
            #expect(client.settings[8] == (isThere ? 1 : nil))
            guard !isThere else { return }
            try await client.send(client.headers(1, Tunnel.request(), ends: false))
            #expect(try await client.reset(1) == ErrorCode.protocolError)
        }
    }

    @Test("§5: 200 opens, messages go both ways, the scope is as over HTTP/1.1")
    func echoes() async throws {
        let notes = Notes()
        let router = webSocket { scope, receive, send in
            notes.add("\(scope.scheme) \(scope.method) \(scope.path) \(scope.queryString) \(scope.subprotocols)")
            notes.add("\(scope.headers[.origin] ?? "")")
            guard let application = echoing.application(for: WebSocket.self) else { return }
            try await application(scope: scope, receive: receive, send: send)
        }
        try await withHTTP2Server(router) { server in
            let tunnel = Tunnel(try await FrameClient(server))
            let head = try await tunnel.open(
                "/ws/?a=b", [("sec-websocket-protocol", "one, two"), ("origin", "http://localhost")])
            #expect(
                head.filter { $0.0 != "date" }.map { "\($0.0)=\($0.1)" } == [
                    ":status=200", "cookie=a=b", "sec-websocket-protocol=two", "server=sluice",
                ])
            #expect(notes.all == ["ws GET /ws/ a=b [\"one\", \"two\"]", "http://localhost"])
            for text in ["one", String(repeating: "x", count: 10_000)] {
                try await tunnel.send(text)
                #expect(try await tunnel.text() == text)
            }
        }
    }

    @Test("several sockets and requests share a connection")
    func shared() async throws {
        let router = ProtocolTypeRouter(
            http: echo.application(for: HTTP.self), webSocket: echoing.application(for: WebSocket.self))
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            let tunnels = [1, 3].map { Tunnel(client, stream: $0) }
            for tunnel in tunnels { _ = try await tunnel.open() }
            try await client.send(client.headers(5))
            #expect(try await client.response(5).text == "GET / ")
            for tunnel in tunnels {
                try await tunnel.send("to \(tunnel.stream)")
                #expect(try await tunnel.text() == "to \(tunnel.stream)")
            }
            #expect(server.connections == 3)
        }
    }

    @Test("a client that reads no socket holds the budget of one connection, not of each")
    func bounded() async throws {
        let sent = Counter()
        var configuration = ServerConfiguration.http2()
        configuration.outboxBytes = 100_000
        let router = webSocket { _, _, send in
            try await send(.accept(subprotocol: nil, headers: [:]))
            for _ in 0..<10 {
                try await send(.send(.bytes(ByteBuffer(repeating: 0, count: 50_000))))
                sent.add(1)
            }
        }
        try await withHTTP2Server(router, configuration) { server in
            let client = try await FrameClient(server, settings: [(4, 0)])
            var tunnels: [Tunnel] = []
            for index in 0..<10 {
                let tunnel = Tunnel(client, stream: UInt32(2 * index + 1))
                _ = try await tunnel.open()
                tunnels.append(tunnel)
            }
            // Two messages fill the budget; each of the others has a share of its own, which one message uses up.
            try await eventually("all have begun") { sent.value >= 11 }
            try await client.ping()
            #expect(sent.value <= 12)
            try await client.send(.settings([(4, 1 << 20)]), .windowUpdate(1 << 24))
            for tunnel in tunnels {
                for _ in 0..<10 {
                    guard case .binary(let bytes) = try await tunnel.next() else { break }
                    #expect(bytes.readableBytes == 50_000)
                }
                break
            }
            try await eventually("all is sent") { sent.value == 100 }
        }
    }

    @Test("RFC 6455 §7: the client closes; END_STREAM stands for FIN, and may come at once", arguments: [true, false])
    func clientCloses(endsAtOnce: Bool) async throws {
        let notes = Notes()
        try await withHTTP2Server(noting(notes)) { server in
            let tunnel = Tunnel(try await FrameClient(server))
            _ = try await tunnel.open()
            try await tunnel.send("hello")
            try await tunnel.send(close: 4_000, ends: endsAtOnce)
            #expect(try await tunnel.close() == 4_000)
            #expect(try await tunnel.next() == nil)
            if !endsAtOnce { try await tunnel.client.send(Frame(.data, Frame.endStream, stream: 1)) }
            try await tunnel.client.ping()
            try await eventually("the disconnect") { notes.all == ["connect", "hello", "disconnect 4000 "] }
            try await eventually("the stream's end") { server.connections == 1 }
        }
    }

    @Test("the application closes; a client that leaves its half open is not waited for", arguments: [true, false])
    func applicationCloses(isAnswered: Bool) async throws {
        let notes = Notes()
        try await withHTTP2Server(noting(notes)) { server in
            let tunnel = Tunnel(try await FrameClient(server))
            _ = try await tunnel.open()
            try await tunnel.send("close")
            #expect(try await tunnel.close() == 4_001)
            try await tunnel.send(close: 4_001)
            #expect(try await tunnel.next() == nil)
            if isAnswered {
                try await tunnel.client.send(Frame(.data, Frame.endStream, stream: 1))
            } else {
                #expect(try await tunnel.client.reset(1) == ErrorCode.cancel)
            }
            try await eventually("the stream's end") { server.connections == 1 && notes.all.count == 3 }
        }
    }

    @Test("a reset, END_STREAM or the connection's loss ends it with 1006", arguments: 0..<3)
    func lost(how: Int) async throws {
        let notes = Notes()
        try await withHTTP2Server(noting(notes)) { server in
            let tunnel = Tunnel(try await FrameClient(server))
            _ = try await tunnel.open()
            switch how {
            case 0: try await tunnel.client.send(.reset(1))
            case 1: try await tunnel.client.send(Frame(.data, Frame.endStream, stream: 1))
            default: await tunnel.client.connection.reset()
            }
            try await eventually("the disconnect") { notes.all == ["connect", "disconnect 1006 "] }
            try await eventually("the stream's end") { server.connections == (how == 2 ? 0 : 1) }
        }
    }

    @Test("a refusal is a response", arguments: [("/deny", "401"), ("/close", "403"), ("/return", "500")])
    func denied(path: String, status: String) async throws {
        let router = webSocket { scope, _, send in
            if scope.path == "/close" { return try await send(.close(code: 4_000, reason: "")) }
            if scope.path == "/return" { return }
            try await send(.deny(status: .unauthorized, headers: [:], body: ByteBuffer(string: "who?")))
        }
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1, Tunnel.request(path), ends: false))
            #expect(try await client.response(1).status == status)
            #expect(try await client.reset(1) == ErrorCode.noError)
            try await client.ping()
        }
    }

    @Test("RFC 6455 §4.4: another version is answered with 426 and the one that is spoken, without Upgrade")
    func version() async throws {
        try await withHTTP2Server(echoing) { server in
            let client = try await FrameClient(server)
            let fields = FrameClient.request("CONNECT", "/ws") + [(":protocol", "websocket")]
            try await client.send(client.headers(1, fields + [("sec-websocket-version", "12")], ends: false))
            let response = try await client.response(1)
            #expect(response.status == "426" && response["sec-websocket-version"] == "13")
            #expect(response["upgrade"] == nil)
        }
    }

    @Test("RFC 6455 §7.4: what breaks WebSocket ends its stream with a close code, not the connection")
    func violation() async throws {
        try await withHTTP2Server(echoing) { server in
            let tunnel = Tunnel(try await FrameClient(server))
            _ = try await tunnel.open()
            try await tunnel.client.send(Frame(.data, stream: 1, bytes: [0x81, 0x01, 0x41]))  // not masked
            #expect(try await tunnel.close() == 1_002)
            try await tunnel.client.ping()
        }
    }

    @Test("a sender waits for a client that does not open its window")
    func backPressure() async throws {
        let sent = Counter()
        var configuration = ServerConfiguration.http2()
        configuration.outboxBytes = 100_000
        let router = webSocket { _, _, send in
            try await send(.accept(subprotocol: nil, headers: [:]))
            for _ in 0..<30 {
                try await send(.send(.bytes(ByteBuffer(repeating: 0, count: 10_000))))
                sent.add()
            }
        }
        try await withHTTP2Server(router, configuration) { server in
            let tunnel = Tunnel(try await FrameClient(server, settings: [(4, 0)]))
            _ = try await tunnel.open()
            try await eventually("it is full") { sent.value >= 9 }
            try await tunnel.client.ping()
            #expect(sent.value < 20)
            try await tunnel.client.send(.settings([(4, 1 << 20)]), .windowUpdate(1 << 20))
            for _ in 0..<30 {
                guard case .binary = try await tunnel.next() else { throw FrameClient.Ended() }
            }
            #expect(try await tunnel.close() == 1_000)
        }
    }

    @Test("a message nobody has taken keeps the stream's window shut")
    func unread() async throws {
        let gate = Gate()
        let router = webSocket { _, receive, send in
            _ = try await receive()
            try await send(.accept(subprotocol: nil, headers: [:]))
            try await gate.wait()
            while case .receive = try await receive() { try await send(.send(.text("got"))) }
        }
        try await withHTTP2Server(router) { server in
            let tunnel = Tunnel(try await FrameClient(server))
            _ = try await tunnel.open()
            for _ in 0..<4 { try await tunnel.send(String(repeating: "x", count: 16_000)) }
            gate.open()
            for _ in 0..<4 { #expect(try await tunnel.text() == "got") }
        }
    }

    @Test("a stop closes it with 1012")
    func drained() async throws {
        let notes = Notes()
        let server = try await LiveServer(noting(notes), configuration: .http2())
        let tunnel = Tunnel(try await FrameClient(server))
        _ = try await tunnel.open()
        let stop = Task { await server.stop() }
        #expect(try await tunnel.close() == 1_012)
        try await tunnel.send(close: 1_012)
        #expect(try await tunnel.next() == nil)
        try await tunnel.client.send(Frame(.data, Frame.endStream, stream: 1))
        try await tunnel.client.end()
        #expect(await stop.value)
        #expect(notes.all.count == 2)
    }
}
#endif
