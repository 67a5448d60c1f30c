// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import SluiceWebSocket
import Testing

@Suite("WebSocket compression", .timeLimit(.minutes(1)))
struct WebSocketDeflateTests {
    private func request(offering extensions: String) -> String {
        handshake.replacing("\r\n\r\n", with: "\r\nSec-WebSocket-Extensions: \(extensions)\r\n\r\n")
    }

    /// A client's end: compresses without contexts, as the server's defaults demand.
    private func clientDeflate() -> PerMessageDeflate {
        PerMessageDeflate(
            role: .client, parameters: .init(serverNoContextTakeover: true, clientNoContextTakeover: true),
            contexts: DeflateContexts(configuration: .init(threshold: 0)))
    }

    /// `Hello` as RFC 7692 §7.2.3.1 has it, masked with zeros.
    private let hello = ByteBuffer(bytes: [0xC1, 0x87, 0, 0, 0, 0, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])

    private func compressedFrame(_ text: String) throws -> ByteBuffer {
        var out = ByteBuffer()
        let payload = try #require(clientDeflate().compress(text))
        FrameEncoder(role: .client).writeFrame(.text, payload, reserved: .rsv1, into: &out)
        return out
    }

    @Test("RFC 7692 §5.1: messages go both ways compressed, also with contexts kept", arguments: [false, true])
    func roundTrip(keepsContexts: Bool) async throws {
        var configuration = ServerConfiguration()
        configuration.webSocket.deflate?.keepsServerContext = keepsContexts
        configuration.webSocket.deflate?.keepsClientContext = keepsContexts
        try await withLiveServer(echoing, configuration: configuration) { server in
            let client = try await server.webSocket("/", deflate: true)
            #expect(client.isCompressing)
            for text in ["", "short", "聊天", String(repeating: "long and the same. ", count: 5_000)] {
                for _ in 0..<3 {
                    try await client.send(text: text)
                    #expect(try await client.receiveText() == text)
                    try await client.send(bytes: ByteBuffer(string: text))
                    #expect(try await client.receiveBytes() == ByteBuffer(string: text))
                }
            }
            #expect(try await client.close().code == .normal)
        }
    }

    @Test("RFC 7692 §7.1: an answer as browsers get it, and a compressed echo of what is long enough")
    func answer() async throws {
        try await withLiveServer(echoing) { server in
            let wire = try await Wire(server)
            try await wire.write(request(offering: "permessage-deflate; client_max_window_bits"))
            let head = try await wire.read(until: "\r\n\r\n")
            #expect(
                head.contains(
                    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover;"
                        + " client_no_context_takeover; client_max_window_bits=12\r\n"))
            try await wire.write(hello)
            #expect(try await wire.read(count: 7) == ByteBuffer(bytes: [0x81, 5] + Array("Hello".utf8)))
            try await wire.write(try compressedFrame(String(repeating: "x", count: 1_000)))
            let start = Array(buffer: try await wire.read(count: 2))
            #expect(start[0] == 0xC1 && start[1] < 30)
        }
    }

    @Test("RFC 7692 §7.1: an offer that is not valid is declined; then RSV1 is a protocol error")
    func declined() async throws {
        try await withLiveServer(echoing) { server in
            for offer in [
                "permessage-deflate; server_max_window_bits=7", "permessage-deflate; x", "x-webkit-deflate", "=",
            ] {
                let wire = try await Wire(server)
                try await wire.write(request(offering: offer))
                let head = try await wire.read(until: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 101 ") && !head.contains("Sec-WebSocket-Extensions"))
                try await wire.write(hello)
                #expect(Array(buffer: try await wire.read(count: 4)).suffix(2) == [0x03, 0xEA])
            }
        }
    }

    @Test("Where it is turned off, or not offered, nothing is compressed")
    func off() async throws {
        var configuration = ServerConfiguration()
        configuration.webSocket.deflate = nil
        try await withLiveServer(echoing, configuration: configuration) { server in
            let client = try await server.webSocket("/", deflate: true)
            #expect(client.answer.isAccepted && !client.isCompressing)
        }
        try await withLiveServer(echoing) { server in
            let client = try await server.webSocket("/")
            let text = String(repeating: "x", count: 1_000)
            try await client.send(text: text)
            // A client that did not agree would fail at a compressed frame.
            #expect(try await client.receiveText() == text)
        }
    }

    @Test("A message says by itself whether it is compressed")
    func perMessage() async throws {
        let long = String(repeating: "x", count: 1_000)
        let router = webSocket { _, receive, send in
            try await send(.send(.text("y"), compression: .always))
            try await send(.accept(subprotocol: nil, headers: [:]))
            try await send(.send(.text(long), compression: .never))
            try await send(.send(.text(String(repeating: "z", count: 40)), compression: .always))
            try await send(.send(.text("short")))
            while true { if case .disconnect = try await receive() { return } }
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            try await wire.write(request(offering: "permessage-deflate"))
            _ = try await wire.read(until: "\r\n\r\n")
            // One byte does not become smaller, whatever was asked for.
            #expect(Array(buffer: try await wire.read(count: 3)) == [0x81, 1, UInt8(ascii: "y")])
            #expect(Array(buffer: try await wire.read(count: 4)) == [0x81, 126, 0x03, 0xE8])
            _ = try await wire.read(count: 1_000)
            let start = Array(buffer: try await wire.read(count: 2))
            #expect(start[0] == 0xC1 && start[1] < 40)
            _ = try await wire.read(count: Int(start[1]))
            #expect(Array(buffer: try await wire.read(count: 2)) == [0x81, 5])
        }
    }

    @Test("A broadcast is compressed once: all who agreed get the same bytes, the others plain ones")
    func broadcast() async throws {
        let message = SharedMessage(.text(String(repeating: "news ", count: 200)))
        let router = webSocket { scope, receive, send in
            try await send(.accept(subprotocol: nil, headers: [:]))
            while true {
                switch try await receive() {
                case .receive: scope.connection.outbox?.broadcast(message)
                case .disconnect: return
                case .connect: break
                }
            }
        }
        var configuration = ServerConfiguration()
        configuration.webSocket.deflate?.keepsServerContext = true
        try await withLiveServer(router, configuration: configuration) { server in
            var shared: [ByteBuffer] = []
            for offer in ["permessage-deflate", "permessage-deflate; server_no_context_takeover", "none"] {
                let wire = try await Wire(server)
                try await wire.write(request(offering: offer))
                _ = try await wire.read(until: "\r\n\r\n")
                try await wire.write(frames("go"))
                let start = Array(buffer: try await wire.read(count: 2))
                if offer == "none" {
                    #expect(start == [0x81, 126])
                } else {
                    #expect(start[0] == 0xC1 && start[1] < 60)
                    shared.append(try await wire.read(count: Int(start[1])))
                }
            }
            #expect(shared[0] == shared[1])
        }
    }

    @Test("A bomb is closed with 1009, broken data with 1002, text that is not UTF-8 with 1007; others go on")
    func hostile() async throws {
        let notes = Notes()
        let bomb = try compressedFrame(String(repeating: "\0", count: 20 << 20))
        var garbage = ByteBuffer()
        FrameEncoder(role: .client).writeFrame(
            .text, ByteBuffer(bytes: [0xFF, 0xFF]), reserved: .rsv1, into: &garbage)
        var invalid = ByteBuffer()
        FrameEncoder(role: .client).writeFrame(
            .text, try #require(clientDeflate().compress(ByteBuffer(repeating: 0xFF, count: 100))), reserved: .rsv1,
            into: &invalid)
        try await withLiveServer(noting(notes)) { server in
            let other = try await server.webSocket("/", deflate: true)
            for (bytes, code) in [(bomb, 1_009), (garbage, 1_002), (invalid, 1_007)] {
                let client = try await server.webSocket("/", deflate: true)
                try await client.send(raw: bytes)
                #expect(try await client.receiveClose().code.rawValue == UInt16(code))
            }
            try await other.send(text: "alive")
            try await eventually("the message") { notes.all.contains("alive") }
            #expect(!notes.all.contains { $0.contains("\0") || $0.contains("bytes") })
        }
    }

    @Test("What a read of compressed messages becomes waits compressed, until the application takes it")
    func glut() async throws {
        let gate = Gate()
        let received = Counter()
        let router = webSocket { _, receive, send in
            try await send(.accept(subprotocol: nil, headers: [:]))
            while true {
                switch try await receive() {
                case .receive(let message):
                    if received.value == 0 { try await gate.wait() }
                    received.add(message.byteCount)
                case .disconnect: return
                case .connect: break
                }
            }
        }
        let size = 200_000, count = 60
        var bytes = ByteBuffer()
        for index in 0..<count {
            bytes.writeImmutableBuffer(try compressedFrame(String(repeating: "\(index % 10)", count: size)))
        }
        let all = bytes
        try await withLiveServer(router) { server in
            let client = try await server.webSocket("/", deflate: true)
            try await client.send(raw: all)
            try await eventually("the first messages") { server.host.statistics.messagesIn >= 2 }
            // All were in one read, or a few: 12 MB of text, of which two messages are over the limit of a turn.
            #expect(server.host.statistics.messagesIn <= 3)
            gate.open()
            try await eventually("the rest") { received.value == size * count }
            try await client.ping()
            #expect(try await client.receive() == .pong(ByteBuffer()))
        }
    }
}
