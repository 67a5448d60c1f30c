// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceServer

/// Does one thing N times in a process without threads and sockets, for a tool that counts instructions: run it with N
/// and 2 N, and divide the difference by N. What it measures is all of Sluice between two ends of a NIO pipeline.
///
/// `Instructions echo N`, `Instructions secure N` (the same over TLS, with the client's TLS in it), `Instructions delivery N` (one message to 200 members is 200 deliveries; N counts messages),
/// `Instructions sync N` (the same with a synchronous consumer), `Instructions request N`.
@main
enum Instructions {
    static let members = 200

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let count = Int(arguments[2]), count > 0 else {
            print("usage: Instructions echo|secure|delivery|sync|request COUNT")
            return
        }
        let bench = Bench()
        switch arguments[1] {
        case "echo":
            let client = try bench.webSocket("/echo")
            let frame = Bench.frame("0123456789abcdef")
            for _ in 0..<count { try bench.write(frame, to: client) }
        case "secure":
            try SecureEcho(bench).run(count)
        case "delivery", "sync":
            let path = arguments[1] == "sync" ? "/sync" : "/group"
            let clients = try (0..<members).map { _ in try bench.webSocket(path) }
            let frame = Bench.frame("0123456789abcdef0123456789abcdef")
            for _ in 0..<count { try bench.write(frame, to: clients[0], answered: clients) }
        case "request":
            let client = try bench.open()
            let request = ByteBuffer(string: "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
            for _ in 0..<count { try bench.write(request, to: client) }
        default:
            print("there is no '\(arguments[1])'")
        }
    }
}

/// The application under test, on an event loop that runs when it is told to.
final class Bench {
    private let loop = EmbeddedEventLoop()
    private let host: ApplicationHost
    private var answers = 0

    init() {
        var state = LifespanState()
        state.setChannelLayer(BrokeredChannelLayer())
        let http = URLRouter<HTTP> {
            Route(
                "/hello",
                application: ClosureApplication { _, _, send in
                    try await send(.responseStart(status: .ok, headers: [.contentType: "text/plain; charset=utf-8"]))
                    try await send(.responseBody(ByteBuffer(string: "Hello, World!"), moreBody: false))
                })
        }
        let webSocket = URLRouter<WebSocket> {
            Route("/echo", Echo.init)
            Route("/group", Member.init)
            Route("/sync", SyncMember.init)
        }
        host = ApplicationHost(
            router: ProtocolTypeRouter(http: http.wrapped(in: Passing()), webSocket: webSocket.wrapped(in: Passing())),
            state: state)
    }

    func open(behind handlers: any ChannelHandler...) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: loop)
        for handler in handlers { try channel.pipeline.syncOperations.addHandler(handler) }
        try host.addHandlers(to: channel)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    func webSocket(_ path: String) throws -> EmbeddedChannel {
        let channel = try open()
        try write(Self.handshake(path), to: channel)
        return channel
    }

    static func handshake(_ path: String) -> ByteBuffer {
        ByteBuffer(
            string: """
                GET \(path) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
                """)
    }

    /// Hands bytes to a connection, lets everything run, and takes what the clients are sent.
    func write(_ bytes: ByteBuffer, to channel: EmbeddedChannel, answered: [EmbeddedChannel] = []) throws {
        try channel.writeInbound(bytes)
        loop.run()
        for client in answered.isEmpty ? [channel] : answered {
            var sent = 0
            while let piece = try client.readOutbound(as: ByteBuffer.self) { sent += piece.readableBytes }
            guard sent > 0 else { throw SendError(.connectionClosed, "there is no answer") }
        }
    }

    /// Hands bytes to a connection and lets everything run.
    ///
    /// - Returns: what the client is sent.
    func exchange(_ bytes: ByteBuffer, with channel: EmbeddedChannel) throws -> ByteBuffer {
        try channel.writeInbound(bytes)
        loop.run()
        var answer = ByteBuffer()
        while var piece = try channel.readOutbound(as: ByteBuffer.self) { answer.writeBuffer(&piece) }
        return answer
    }

    /// A text message as a client sends it; the masking key is zero.
    static func frame(_ text: String) -> ByteBuffer {
        var frame = ByteBuffer(bytes: [0x81, 0x80 | UInt8(text.utf8.count), 0, 0, 0, 0])
        frame.writeString(text)
        return frame
    }
}

/// Middleware that has nothing to do.
private struct Passing: ImmediateMiddleware {
    func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? { next }
}

private final class Echo: Consumer {
    override func receive(text: String) async throws { try await send(text: text) }
}

private struct Said: SluiceChannelLayers.ChannelEvent {
    static let type = "bench.said"
    var text: String
}

private final class Member: Consumer {
    override class var handlers: [Handler] { [.on(Member.said)] }
    override class var groups: [GroupName] { ["bench"] }
    override func receive(text: String) async throws { try await channelLayer.groupSend("bench", Said(text: text)) }
    func said(_ event: Said) async throws { try await send(text: event.text) }
}

private final class SyncMember: SyncConsumer {
    override class var handlers: [Handler] { [.on(SyncMember.said)] }
    override class var groups: [GroupName] { ["bench"] }
    override func received(_ message: WebSocketMessage) throws {
        if case .text(let text) = message { try publish(Said(text: text), to: "bench") }
    }
    func said(_ event: Said) throws { try send(text: event.text) }
}
