// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import NIOPosix
import SluiceCore
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceServer

/// Weak references to the objects of one connection.
private final class Watch: Sendable {
    private struct Weak: Sendable {
        let name: String
        let isAlive: @Sendable () -> Bool
    }

    private let list = Mutex<[Weak]>([])

    func add(_ object: AnyObject?, _ name: String) {
        guard let object else { return }
        let box = WeakBox(object)
        list.withLock { $0.append(Weak(name: name) { box.object != nil }) }
    }

    var alive: [String] { list.withLock { $0.filter { $0.isAlive() }.map(\.name) } }
    var names: [String] { list.withLock { $0.map(\.name) } }
}

private final class WeakBox: @unchecked Sendable {
    // Proof: a weak reference is set once here and only compared with `nil` afterwards, which is thread-safe.
    private(set) weak var object: AnyObject?

    init(_ object: AnyObject) {
        self.object = object
    }
}

@Suite("Nothing outlives its connection", .timeLimit(.minutes(1)))
struct LeakTests {
    /// Serves with a host in a pipeline of the test's own, whose connections are watched.
    private func serve(
        _ router: ProtocolTypeRouter, _ watch: Watch, _ body: (SocketAddress) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration()
        configuration.applicationCloseTimeout = 1
        configuration.webSocket.acceptTimeout = 1
        let host = ApplicationHost(router: router, configuration: configuration)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try host.addHandlers(to: channel)
                    let connection = try channel.pipeline.syncOperations.handler(type: HTTPConnection.self)
                    watch.add(connection, "HTTPConnection")
                    watch.add(connection.taskWaker, "Waker")
                    try channel.pipeline.syncOperations.addHandler(Spy(watch))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        try await body(try #require(channel.localAddress))
        try await eventually("every connection has ended", within: .seconds(15)) { !host.isBusy }
        try await eventually("all objects are gone", within: .seconds(15)) { watch.alive.isEmpty }
        try await channel.close()
        try await group.shutdownGracefully()
    }

    @Test(
        "HTTP: after keep-alive, an unread body, a refusal, a cut body, a reset, a throw",
        arguments: [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
            "GET / HTTP/1.1\r\n\r\n", "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n", "GET /throw HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHo",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
            "GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ])
    func http(request: String) async throws {
        let watch = Watch()
        let called = Counter()
        let router = ServerTests.http { scope, receive, send in
            called.add()
            switch scope.path {
            case "/body": _ = try await receive.body()
            case "/wait": while case .request = try await receive() {}
            case "/throw": throw CancellationError()
            default: try await send.respond("x")
            }
        }
        try await serve(router, watch) { address in
            let wire = try await Wire(address)
            try await wire.write(request)
            if request.contains("\r\n\r\n"), request.contains("Host") {
                try await eventually("call") { called.value > 0 }
            }
            await wire.close()
        }
        #expect(watch.names.contains("HTTPConnection"))
    }

    @Test(
        "WebSocket: after a close, a loss, a refusal, a throw, an accept that never came",
        arguments: [
            "/close", "/lost", "/deny", "/throw", "/never", "/gone",
        ])
    func webSocket(path: String) async throws {
        let watch = Watch()
        let called = Counter()
        let router = ServerTests.webSocket { scope, receive, send in
            watch.add(send.sink as? WebSocketOutbox, "WebSocketOutbox")
            called.add()
            switch scope.path {
            case "/deny": return try await send(.close(code: 4_000, reason: ""))
            case "/throw": throw CancellationError()
            case "/never": return try await Gate().wait()
            case "/gone": while true { if case .disconnect = try await receive() { return } }
            default: try await send(.accept(subprotocol: nil, headers: [:]))
            }
            try await send(.send(.text("hello")))
            while true { if case .disconnect = try await receive() { return } }
        }
        try await serve(router, watch) { address in
            if path == "/gone" || path == "/never" {
                let wire = try await Wire(address)
                try await wire.write(
                    "GET \(path) HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: mnwFxiOlctXFN/DeMt1Amg==\r\n\r\n")
                try await eventually("the call") { called.value == 1 }
                return await wire.close()
            }
            let port = try #require(address.port)
            let client = try await WebSocketClient(try await ClientConnection(port: port), path)
            if path == "/close" || path == "/lost" { _ = try await client.receiveText() }
            if path == "/close" { try await client.close() } else { await client.connection.close() }
        }
        #expect(watch.names.contains("WebSocketOutbox"))
        if path == "/close" { #expect(watch.names.contains("WebSocketSession")) }
    }
}

/// Finds the WebSocket's objects once they are in the pipeline.
private final class Spy: ChannelOutboundHandler, ChannelInboundHandler {
    typealias InboundIn = Any
    typealias OutboundIn = Any

    private let watch: Watch

    init(_ watch: Watch) {
        self.watch = watch
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        if let connection = try? pipeline.handler(type: WebSocketConnection.self) {
            watch.add(connection, "WebSocketConnection")
            watch.add(connection.session, "WebSocketSession")
        }
        context.fireChannelReadComplete()
    }
}
