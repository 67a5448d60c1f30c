// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import NIOCore
import NIOPosix
import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

@Suite("HTTP/2 in a pipeline of somebody else", .timeLimit(.minutes(1)))
struct HTTP2EmbeddingTests {
    /// Serves with a bootstrap as anybody writes it, whose clients speak nothing but HTTP/2.
    private func serve(
        _ configuration: ServerConfiguration = ServerConfiguration(), _ security: TransportSecurity? = nil,
        _ body: (ApplicationHost, Int) async throws -> Void
    ) async throws {
        let http = ClosureApplication<HTTP> { scope, _, send in
            try await send.respond("\(scope.scheme) \(scope.path) \(scope.tls != nil)")
        }
        let router = ProtocolTypeRouter(http: http, webSocket: echoing.application(for: WebSocket.self))
        let host = ApplicationHost(router: router, configuration: configuration)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try host.addHTTP2Handlers(to: channel, isSecure: security != nil, security: security)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        try await body(host, try #require(listener.localAddress?.port))
        try await listener.close()
    }

    @Test("requests and sockets are served, the scope says what the embedder says, a drain ends the connection")
    func served() async throws {
        try await serve { host, port in
            let client = try await FrameClient(ClientConnection(port: port))
            try await client.send(client.headers(1, FrameClient.request("GET", "/a")))
            #expect(try await client.response(1).text == "http /a false")
            #expect(client.settings[8] == 1 && host.statistics.connections == 1)
            host.drain()
            #expect(try await client.goAway().code == ErrorCode.noError)
            try await client.send(Frame(.ping, Frame.acknowledgement, stream: 0, ByteBuffer(integer: UInt64(0))))
            try await client.end()
            try await eventually("nothing is left") { !host.isBusy }
        }
    }

    @Test("a connection over the limit is refused here too")
    func refused() async throws {
        var configuration = ServerConfiguration()
        configuration.connections.total = 1
        try await serve(configuration) { host, port in
            let first = try await FrameClient(ClientConnection(port: port))
            let second = try await ClientConnection(port: port)
            while case .bytes = try await second.receive() {}
            #expect(host.statistics.limits[.connections] == 1)
            try await first.ping()
            host.abort()
            try await eventually("nothing is left") { !host.isBusy }
        }
    }
}
#endif
