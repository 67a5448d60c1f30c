// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded

@testable import SluiceTLS

/// Behind the TLS handler: keeps what arrives, in order, and may react to it.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Item: Equatable {
        case active, inactive, inputClosed, unclean
        case handshake(alpn: String?)
        case read(String)
        case error(TLSError.Code?)
    }

    var items: [Item] = []
    var onItem: ((Item, ChannelHandlerContext) -> Void)?

    private func add(_ item: Item, _ context: ChannelHandlerContext) {
        items.append(item)
        onItem?(item, context)
    }

    func channelActive(context: ChannelHandlerContext) { add(.active, context) }

    func channelInactive(context: ChannelHandlerContext) { add(.inactive, context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        add(.read(String(buffer: Self.unwrapInboundIn(data))), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSHandshakeCompleted { add(.handshake(alpn: event.alpn), context) }
        if event as? TLSEvent == .uncleanShutdown { add(.unclean, context) }
        if case .some(.inputClosed) = event as? ChannelEvent { add(.inputClosed, context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        add(.error((error as? TLSError)?.code), context)
    }
}

/// Counts what the TLS handler does towards the socket.
final class SocketSide: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var writes: [Int] = []
    var flushes = 0
    var reads = 0
    /// Keeps writes back, as a socket does whose peer does not read.
    var isStuck = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        writes.append(Self.unwrapOutboundIn(data).readableBytes)
        if isStuck { stuck.append(promise) } else { context.write(data, promise: promise) }
    }

    private var stuck: [EventLoopPromise<Void>?] = []

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        closes += 1
        let failed = stuck
        stuck = []
        for promise in failed { promise?.fail(ChannelError.ioOnClosedChannel) }
        context.close(mode: mode, promise: promise)
    }

    var closes = 0

    func flush(context: ChannelHandlerContext) {
        flushes += 1
        context.flush()
    }

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }
}

/// One side: an embedded channel with its loop.
struct Side {
    let channel = EmbeddedChannel()
    let socket = SocketSide()
    let recorder = Recorder()
    let tls: TLSHandler

    init(_ tls: TLSHandler) throws {
        self.tls = tls
        try channel.pipeline.syncOperations.addHandlers([socket, tls, recorder])
    }

    func activate() throws {
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func write(_ text: String, promise: EventLoopPromise<Void>? = nil) {
        channel.write(ByteBuffer(string: text), promise: promise)
    }
}

/// Server and client as embedded channels, and the wire between them.
struct EmbeddedPair {
    let peers: Peers
    let server: Side
    let client: Side

    init(_ peers: Peers, connected: Bool = true) throws {
        self.peers = peers
        server = try Side(TLSHandler(peers.server))
        client = try Side(TLSHandler(peers.client, serverName: "localhost"))
        guard connected else { return }
        try server.activate()
        try client.activate()
        run()
    }

    /// Carries ciphertext both ways until nobody has any more. Errors arrive in the recorders.
    func run() {
        while carry(from: client, to: server) || carry(from: server, to: client) {}
        server.channel.embeddedEventLoop.run()
        client.channel.embeddedEventLoop.run()
    }

    private func carry(from: Side, to: Side) -> Bool {
        guard let bytes = try? from.channel.readOutbound(as: ByteBuffer.self) else { return false }
        if to.channel.isActive {
            to.channel.pipeline.fireChannelRead(bytes)
            to.channel.pipeline.fireChannelReadComplete()
        }
        return true
    }
}
