// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import SluiceWebSocket
import Testing

@Suite("WebSocket handshakes", .timeLimit(.minutes(1)))
struct WebSocketHandshakeTests {
    @Test("RFC 6455 §4.2.2: the answer has key, subprotocol and the application's fields")
    func accepted() async throws {
        try await withLiveServer(echoing) { server in
            let client = try await server.webSocket("/ws/?a=b", subprotocols: ["one", "two"])
            #expect(client.answer.isAccepted && client.answer.subprotocol == "two")
            #expect(client.answer.headers[.cookie] == "a=b" && client.answer.headers[.server] == "sluice")
            #expect(client.answer.headers[.date] != nil)
            let wire = try await Wire(server)
            try await wire.write(handshake)
            let head = try await wire.read(until: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
            #expect(head.contains("Sec-WebSocket-Accept: ") && !head.contains("Content-Length"))
        }
    }

    @Test("RFC 6455 §4.1: messages right behind the handshake are not lost, wherever the bytes are cut")
    func behind() async throws {
        try await withLiveServer(echoing) { server in
            var bytes = ByteBuffer(string: handshake)
            var messages = frames("one", "two")
            bytes.writeBuffer(&messages)
            for cut in stride(from: handshake.utf8.count - 3, through: bytes.readableBytes, by: 1) {
                let wire = try await Wire(server)
                try await wire.write(try #require(bytes.getSlice(at: 0, length: cut)))
                try await wire.write(try #require(bytes.getSlice(at: cut, length: bytes.readableBytes - cut)))
                _ = try await wire.read(until: "\r\n\r\n")
                #expect(try await wire.read(count: 10) == Self.echoed)
            }
        }
    }

    @Test("RFC 9112 §9.3.2: a handshake behind pipelined requests is answered behind their responses")
    func pipelined() async throws {
        var router = echoing
        router.mount(ClosureApplication<HTTP> { scope, _, send in try await send.respond("<\(scope.path)>") })
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            var bytes = ByteBuffer(string: "GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /two HTTP/1.1\r\nHost: a\r\n\r\n")
            bytes.writeString(handshake)
            var messages = frames("one", "two")
            bytes.writeBuffer(&messages)
            try await wire.write(bytes)
            for path in ["/one", "/two"] {
                #expect(try await wire.read(until: "<\(path)>").hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
            #expect(try await wire.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            #expect(try await wire.read(count: 10) == Self.echoed)
        }
    }

    private static let echoed = ByteBuffer(bytes: [0x81, 3] + Array("one".utf8) + [0x81, 3] + Array("two".utf8))

    @Test("RFC 6455 §4.2.2: a refusal has status, fields and body, also with frames behind the request")
    func denied() async throws {
        let router = webSocket { scope, _, send in
            try await send(.send(.text("discarded")))
            if scope.path == "/close" { return try await send(.close(code: 4_000, reason: "")) }
            if scope.path == "/return" { return }
            if scope.path == "/throw" { throw RoutingError.noApplication(Lifespan.self) }
            try await send(
                .deny(status: .unauthorized, headers: [.wwwAuthenticate: "x"], body: ByteBuffer(string: "who?")))
        }
        try await withLiveServer(router) { server in
            for (path, status) in [("/", 401), ("/close", 403), ("/return", 500), ("/throw", 404)] {
                let wire = try await Wire(server)
                var bytes = ByteBuffer(string: handshake.replacing("/ws", with: path))
                bytes.writeImmutableBuffer(frames(String(repeating: "x", count: 100_000)))
                wire.startWriting(bytes)
                let text = try await wire.readToEnd()
                #expect(text.hasPrefix("HTTP/1.1 \(status) ") && !text.contains("discarded"), "\(text)")
                #expect(text.contains("Connection: close\r\n"))
                if status == 401 { #expect(text.contains("WWW-Authenticate: x\r\n") && text.hasSuffix("who?")) }
            }
        }
    }

    @Test("without an application for WebSockets there is a 404")
    func noApplication() async throws {
        try await withLiveServer(echo) { server in
            let client = try await server.webSocket("/ws")
            #expect(client.answer.status == .notFound)
            #expect(try await client.receive() == .ended)
        }
    }

    @Test(
        "RFC 6455 §4.2.1: handshakes that are not valid have a status, and the connection ends",
        arguments: [
            ("GET /ws HTTP/1.1", "POST /ws HTTP/1.1", 405), ("Version: 13", "Version: 12", 426), ("Amg==", "Amg=", 400),
            ("Sec-WebSocket-Version: 13\r\n", "", 426), ("Host: a\r\n", "", 400), ("HTTP/1.1", "HTTP/1.0", 400),
            ("Host: a\r\n", "Host: a\r\nContent-Length: 5\r\n", 400),
            ("Host: a\r\n", "Host: a\r\nX: a\u{0B}b\r\n", 400), ("Upgrade: websocket\r\n", "", 400),
            ("Connection: Upgrade\r\n", "", 400), ("Upgrade: websocket", "Upgrade: h2c", 400),
            ("Connection: Upgrade", "Connection: close", 400), ("Host: a\r\n", "Host: a\r\nHost: a\r\n", 400),
            ("Host: a\r\n", "Host: a\r\nSec-WebSocket-Version: 13\r\n", 400),
            ("Host: a\r\n", "Host: a\r\nSec-WebSocket-Key: mnwFxiOlctXFN/DeMt1Amg==\r\n", 400),
            ("Host: a\r\n", "Host: a\r\nTransfer-Encoding: chunked\r\n", 400), ("mnwF", "mn*F", 400),
        ])
    func invalid(part: String, instead: String, status: Int) async throws {
        try await withLiveServer(echoing) { server in
            let wire = try await Wire(server)
            try await wire.write(handshake.replacing(part, with: instead))
            let text = try await wire.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 \(status) ") && text.matches(of: #/HTTP/1\.1 \d/#).count == 1, "\(text)")
            if status == 426 { #expect(text.contains("Sec-WebSocket-Version: 13\r\n")) }
        }
    }

    @Test("sends before accept wait for it, in order")
    func early() async throws {
        let router = webSocket { _, receive, send in
            try await send(.send(.text("one")))
            try await send(.send(.text("two")))
            try await send(.accept(subprotocol: nil, headers: [:]))
            try await send(.send(.text("three")))
            while true { if case .disconnect = try await receive() { return } }
        }
        try await withLiveServer(router) { server in
            let client = try await server.webSocket("/")
            for text in ["one", "two", "three"] { #expect(try await client.receiveText() == text) }
        }
    }

    @Test("an application that does not answer the handshake: 503, then it is cancelled")
    func acceptTimeout() async throws {
        var configuration = ServerConfiguration()
        configuration.webSocket.acceptTimeout = 1
        configuration.applicationCloseTimeout = 1
        let notes = Notes()
        let router = webSocket { _, _, _ in
            do { try await Gate().wait() } catch { notes.add("cancelled") }
        }
        try await withLiveServer(router, configuration: configuration) { server in
            let client = try await server.webSocket("/")
            #expect(client.answer.status == .serviceUnavailable)
            try await eventually("the cancellation") { notes.all == ["cancelled"] }
            try await eventually("the end", within: .seconds(15)) { !server.host.isBusy }
        }
    }
}

@Suite("WebSocket messages and closes", .timeLimit(.minutes(1)))
struct WebSocketMessageTests {
    @Test("RFC 6455 §5.6: messages go both ways unchanged")
    func messages() async throws {
        try await withLiveServer(echoing) { server in
            let client = try await server.webSocket("/")
            for text in ["", "ascii", "中文", "👩‍👩‍👧", String(repeating: "x", count: 1 << 20)] {
                try await client.send(text: text)
                #expect(try await client.receiveText() == text)
            }
            try await client.send(bytes: ByteBuffer(repeating: 0xFF, count: 100_000))
            #expect(try await client.receiveBytes() == ByteBuffer(repeating: 0xFF, count: 100_000))
        }
    }

    @Test(
        "RFC 6455 §7.4: the client's close code and reason reach the application",
        arguments: [1_000, 1_005, 3_000, 4_999])
    func clientCloses(code: Int) async throws {
        let notes = Notes()
        try await withLiveServer(noting(notes)) { server in
            let client = try await server.webSocket("/")
            let reason = code == 1_005 ? "" : "bye"
            let answer = try await client.close(WebSocketCloseCode(rawValue: UInt16(code)), reason: reason)
            #expect(answer.code.rawValue == UInt16(code))
            try await eventually("the disconnect") { notes.all == ["connect", "disconnect \(code) \(reason)"] }
        }
    }

    @Test("RFC 6455 §7.1.5: the application's close code and reason reach the client")
    func serverCloses() async throws {
        let notes = Notes()
        try await withLiveServer(noting(notes)) { server in
            let client = try await server.webSocket("/")
            try await client.send(text: "close")
            #expect(try await client.receiveClose() == WebSocketClose(code: 4_001, reason: "asked"))
            try await client.send(text: "late")
            try await client.sendClose(4_001)
            #expect(try await client.receive() == .ended)
            try await eventually("the end") { notes.all == ["connect", "close", "disconnect 4001 "] }
        }
    }

    @Test(
        "RFC 6455 §7.4.1: what breaks the protocol is closed with its code, though the client sends on",
        arguments: [
            ([0x81, 0x01, 0x61], 1_002), ([0xC1, 0x80, 0, 0, 0, 0], 1_002), ([0x83, 0x80, 0, 0, 0, 0], 1_002),
            ([0x80, 0x80, 0, 0, 0, 0], 1_002), ([0x81, 0x81, 0, 0, 0, 0, 0xFF], 1_007),
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0], 1_009), ([0x88, 0x81, 0, 0, 0, 0, 0x03], 1_002),
            ([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED], 1_002),
        ] as [([UInt8], Int)])
    func broken(bytes: [UInt8], code: Int) async throws {
        let notes = Notes()
        try await withLiveServer(noting(notes)) { server in
            let client = try await server.webSocket("/")
            try await client.send(raw: ByteBuffer(bytes: bytes))
            async let rest: Void? = try? client.send(raw: ByteBuffer(repeating: 0, count: 8 << 20))
            #expect(try await client.receiveClose().code.rawValue == UInt16(code))
            await client.connection.close()
            _ = await rest
            try await eventually("the end") { server.connections == 0 && notes.all.count == 2 }
        }
    }

    @Test("a message over the limit is not delivered: connect, then disconnect")
    func tooLarge() async throws {
        var configuration = ServerConfiguration()
        configuration.webSocket.maxMessageSize = 1_000
        let notes = Notes()
        try await withLiveServer(noting(notes), configuration: configuration) { server in
            let client = try await server.webSocket("/")
            try await client.send(text: String(repeating: "x", count: 1_001))
            #expect(try await client.receiveClose().code == .messageTooBig)
            await client.connection.close()
            try await eventually("the end") { notes.all.count == 2 }
            #expect(notes.all.first == "connect")
        }
    }

    @Test("RFC 6455 §5.5.2: pings are answered")
    func pings() async throws {
        try await withLiveServer(echoing) { server in
            let client = try await server.webSocket("/")
            try await client.ping(ByteBuffer(string: "abc"))
            #expect(try await client.receive() == .pong(ByteBuffer(string: "abc")))
        }
    }

    @Test("a client that vanishes is a disconnect with 1006", arguments: [false, true])
    func lost(isReset: Bool) async throws {
        let notes = Notes()
        try await withLiveServer(noting(notes)) { server in
            let client = try await server.webSocket("/")
            if isReset { await client.reset() } else { await client.connection.close() }
            try await eventually("the disconnect") { notes.all == ["connect", "disconnect 1006 "] }
            try await eventually("the end") { !server.host.isBusy }
        }
    }

    @Test(
        "an application that throws is closed with its error's code; one that returns, with 1000",
        arguments: [false, true])
    func ends(isThrowing: Bool) async throws {
        let router = webSocket { _, _, send in
            try await send(.accept(subprotocol: nil, headers: [:]))
            if isThrowing { throw CancellationError() }
        }
        try await withLiveServer(router) { server in
            let client = try await server.webSocket("/")
            #expect(try await client.receiveClose().code == (isThrowing ? .internalError : .normal))
        }
    }
}

@Suite("WebSocket time-outs", .timeLimit(.minutes(1)))
struct WebSocketTimeoutTests {
    private func impatient() -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.webSocket.pingInterval = 1
        configuration.webSocket.pingTimeout = 1
        configuration.webSocket.closeTimeout = 1
        configuration.applicationCloseTimeout = 1
        return configuration
    }

    @Test("RFC 6455 §5.5.2: a client that does not answer a ping is given up")
    func ping() async throws {
        let notes = Notes()
        try await withLiveServer(noting(notes), configuration: impatient()) { server in
            let wire = try await Wire(server)
            try await wire.write(handshake)
            _ = try await wire.read(until: "\r\n\r\n")
            #expect(try await wire.read(count: 2) == ByteBuffer(bytes: [0x89, 0]))
            _ = try await wire.readToEnd()
            try await eventually("the disconnect") { notes.all == ["connect", "disconnect 1006 "] }
        }
    }

    @Test(
        "RFC 6455 §5.4: a message that is begun and never ended is refused, whatever comes in between",
        arguments: [[0x81, 0xfe, 0x40], [0x01, 0x81, 0, 0, 0, 0, 0x61, 0x89, 0x80, 0, 0, 0, 0], [0x8a]])
    func unfinished(begun: [UInt8]) async throws {
        var configuration = ServerConfiguration()
        configuration.webSocket.messageTimeout = 1
        try await withLiveServer(noting(Notes()), configuration: configuration) { server in
            let wire = try await Wire(server)
            try await wire.write(handshake)
            _ = try await wire.read(until: "\r\n\r\n")
            try await wire.write(ByteBuffer(bytes: begun))
            if begun.contains(0x89) { #expect(try await wire.read(count: 2) == ByteBuffer(bytes: [0x8a, 0])) }
            #expect(try await wire.read(count: 4) == ByteBuffer(bytes: [0x88, 27, 0x03, 0xf0]))
            #expect(try await wire.read(until: "long") == "the message took too long")
        }
    }

    @Test("RFC 6455 §7.1.1: a client that does not answer a close is cut")
    func close() async throws {
        let notes = Notes()
        try await withLiveServer(noting(notes), configuration: impatient()) { server in
            let wire = try await Wire(server)
            try await wire.write(handshake)
            _ = try await wire.read(until: "\r\n\r\n")
            try await wire.write(frames("close"))
            _ = try await wire.read(until: "asked")
            #expect(try await wire.readToEnd() == "")
            try await eventually("the end") { notes.all == ["connect", "close", "disconnect 4001 "] }
        }
    }

    @Test("an application that does not listen is no reason to give its client up")
    func busy() async throws {
        let gate = Gate()
        let router = webSocket { _, receive, send in
            try await send(.accept(subprotocol: nil, headers: [:]))
            try await gate.wait()
            while true {
                switch try await receive() {
                case .receive(let message): try await send(.send(message))
                case .disconnect: return
                case .connect: break
                }
            }
        }
        try await withLiveServer(router, configuration: impatient()) { server in
            let client = try await server.webSocket("/")
            try await client.send(text: "kept")
            // Another client, who is silent, is given up by the same limits three times over.
            for _ in 0..<2 {
                let wire = try await Wire(server)
                try await wire.write(handshake)
                _ = try await wire.readToEnd()
            }
            gate.open()
            #expect(try await client.receiveText() == "kept")
        }
    }
}
