// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import NIOCore
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTLS
import SluiceTesting
import Synchronization
import Testing

private final class EchoConsumer: Consumer {
    override func connect() async throws {
        if scope.path == "/refused/" { throw DenyConnection(status: .unauthorized, body: "who?") }
        try await channelLayer.groupAdd("echo", channelName)
        try await accept(subprotocol: scope.subprotocols.first, headers: [.cookie: scope.queryString])
    }

    override func receive(text: String) async throws {
        if text == "close" { return try await close(code: 4001, reason: "as asked") }
        try await send(text: text)
    }

    override func receive(bytes: ByteBuffer) async throws { try await send(bytes: bytes) }
}

private let mirror = ClosureApplication<HTTP> { scope, receive, send in
    var body = ByteBuffer()
    reading: while case .request(var piece, let moreBody) = try await receive() {
        body.writeBuffer(&piece)
        if !moreBody { break reading }
    }
    try await send(.responseStart(status: .ok, headers: [.server: "\(scope.scheme) \(scope.path)"]))
    let isStreamed = scope.path == "/stream/"
    try await send(.responseBody(body, moreBody: isStreamed))
    if isStreamed { try await send(.responseBody(ByteBuffer(string: "!"), moreBody: false)) }
}

private let router = ProtocolTypeRouter(http: mirror, webSocket: ConsumerApplication(EchoConsumer.init))

/// A certificate of the test's own, removed with it.
private final class TestCertificate {
    let folder = NSTemporaryDirectory() + "sluice-testing-" + UUID().uuidString
    let pair: TLSConfiguration.Certificate

    init() throws {
        pair = try DevelopmentCertificate.ensure(at: folder + "/localhost.pem")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}

@Suite("Live server and real clients")
struct LiveServerTests {
    /// Runs a body plain and over TLS, and checks that nothing is left.
    private func serve(secure: Bool, _ body: (LiveServer) async throws -> Void) async throws {
        let certificate = secure ? try TestCertificate() : nil
        let state = LifespanState.testing()
        try await withLiveServer(router, certificate: certificate?.pair, state: state) { server in
            try await body(server)
            try await expectNoLeaks(in: state, connections: { server.connections })
        }
    }

    @Test("HTTP: requests and responses on one connection, chunked ones too", arguments: [false, true])
    func http(secure: Bool) async throws {
        try await serve(secure: secure) { server in
            let client = try await server.http()
            for number in 0..<3 {
                let response = try await client.request(.post, "/\(number)", body: ByteBuffer(string: "body \(number)"))
                #expect(response.status == .ok && response.text == "body \(number)")
                #expect(response.headers[.server] == "\(secure ? "https" : "http") /\(number)")
            }
            let streamed = try await client.request(.post, "/stream/", body: ByteBuffer(string: "x"))
            #expect(streamed.headers[.transferEncoding] == "chunked" && streamed.text == "x!")
            #expect(try await client.request(.head, "/").body.readableBytes == 0)
            try await client.send(raw: "nonsense\r\n\r\n")
            #expect(try await client.receive().status == .badRequest)
            try await client.expectClose()
        }
    }

    @Test("WebSocket: handshake, messages of all sizes, ping, close", arguments: [false, true])
    func webSocket(secure: Bool) async throws {
        try await serve(secure: secure) { server in
            #expect(server.webSocketURL == "\(secure ? "wss" : "ws")://127.0.0.1:\(server.port)")
            let client = try await server.webSocket("/ws/?a=b", subprotocols: ["v1", "v2"])
            #expect(client.answer.isAccepted && client.answer.subprotocol == "v1")
            #expect(client.answer.headers[.cookie] == "a=b")
            for size in [0, 1, 125, 126, 65_535, 65_536, 300_000] {
                try await client.send(text: String(repeating: "x", count: size))
                #expect(try await client.receiveText().utf8.count == size)
            }
            try await client.send(bytes: ByteBuffer(bytes: [0, 255]))
            #expect(try await client.receiveBytes() == ByteBuffer(bytes: [0, 255]))
            try await client.ping(ByteBuffer(string: "are you there?"))
            #expect(try await client.receive() == .pong(ByteBuffer(string: "are you there?")))
            #expect(try await client.close(4_000, reason: "bye").code == 4_000)
        }
    }

    @Test("the server's own close has code and reason", arguments: [false, true])
    func serverClose(secure: Bool) async throws {
        try await serve(secure: secure) { server in
            let client = try await server.webSocket("/ws/")
            try await client.send(text: "close")
            #expect(try await client.receiveClose() == WebSocketClose(code: 4001, reason: "as asked"))
            try await client.sendClose(4001)
            #expect(try await client.receive() == .ended)
        }
    }

    @Test("a refused handshake has its status and body; so has a request that is no handshake")
    func refused() async throws {
        try await serve(secure: false) { server in
            let client = try await server.webSocket("/refused/")
            #expect(client.answer.status == .unauthorized && client.answer.text == "who?" && !client.answer.isAccepted)
            #expect(try await client.receive() == .ended)
        }
    }

    @Test("a reset ends the connection on both sides, and nothing is left", arguments: [false, true])
    func reset(secure: Bool) async throws {
        try await serve(secure: secure) { server in
            let client = try await server.webSocket("/ws/")
            #expect(server.state[ConsumerStatistics.self].live == 1)
            await client.reset()
            #expect(try await client.receive() == .ended)
        }
    }

    @Test("broken frames are answered as RFC 6455 §7.1.7 says")
    func rawBytes() async throws {
        try await serve(secure: false) { server in
            let client = try await server.webSocket("/ws/")
            try await client.send(raw: ByteBuffer(bytes: [0x81, 0x01, 0x61]))
            #expect(try await client.receiveClose().code == .protocolError)
            #expect(try await client.receive() == .ended)
        }
    }

    @Test("a client that trusts another certificate, or speaks to nobody, is told so")
    func connectionErrors() async throws {
        let other = try TestCertificate()
        try await serve(secure: true) { server in
            let wrong = try await ClientConnection(
                port: server.port, security: .init(trust: .file(other.pair.chainFile)))
            await #expect(throws: CommunicatorError.self) { _ = try await HTTPClient(wrong).request(.get, "/") }
        }
        let port = try await withLiveServer(router) { $0.port }
        let error = await #expect(throws: CommunicatorError.self) { try await ClientConnection(port: port) }
        #expect(error?.code == .connection)
    }

    @Test("the lifespan runs around the server, and its state is in the scopes")
    func lifespan() async throws {
        enum Answer: LifespanStateKey {
            static let defaultValue = 0
        }
        let events = Events()
        let lifespan = ClosureApplication<Lifespan> { scope, receive, send in
            _ = try await receive()
            events.add("start")
            var state = scope.state
            state[Answer.self] = 42
            try await send(.startupComplete(state: state))
            _ = try await receive()
            events.add("stop")
            try await send(.shutdownComplete)
        }
        let asking = ClosureApplication<HTTP> { scope, _, send in
            try await send(.responseStart(status: .ok, headers: [:]))
            try await send(.responseBody(ByteBuffer(string: "\(scope.state[Answer.self])"), moreBody: false))
        }
        try await withLiveServer(ProtocolTypeRouter(http: asking, lifespan: lifespan)) { server in
            let response = try await server.http().request(.get, "/")
            #expect(response.text == "42")
            #expect(events.all == ["start"])
        }
        #expect(events.all == ["start", "stop"])
    }

    @Test("stopping closes WebSockets with 1012")
    func drains() async throws {
        let state = LifespanState.testing()
        let server = try await LiveServer(router, state: state)
        let client = try await server.webSocket("/ws/")
        async let stopped = server.stop()
        #expect(try await client.receiveClose().code == .serviceRestart)
        try await client.sendClose(.serviceRestart)
        let ended = await stopped
        #expect(ended)
        try await expectNoLeaks(in: state)
    }
}

private final class Events: Sendable {
    private let state = Mutex<[String]>([])
    var all: [String] { state.withLock { $0 } }
    func add(_ event: String) { state.withLock { $0.append(event) } }
}
