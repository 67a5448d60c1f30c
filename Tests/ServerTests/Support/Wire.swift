// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import SluiceCore
import SluiceTLS
import SluiceTesting
import Synchronization

/// A client that says bytes and collects bytes: half-closes, unix sockets, slow reading, requests cut anywhere.
final class Wire: Sendable {
    private let channel: any Channel
    private let inbound = EventQueue<ByteBuffer?>()
    private let written = Counter()
    private let unread = Mutex(ByteBuffer())

    init(
        _ address: SocketAddress, trusting certificate: String? = nil, as own: TLSConfiguration.Certificate? = nil,
        receiveBuffer: Int? = nil
    ) async throws {
        let inbound = inbound
        let context = try certificate.map { try TLSContext.client(trust: .file($0), certificate: own) }
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        let tls = try TLSHandler(context, serverName: "localhost")
                        try channel.pipeline.syncOperations.addHandler(tls)
                    }
                    try channel.pipeline.syncOperations.addHandler(WireHandler(inbound))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
        }
        channel = try await bootstrap.connect(to: address).get()
    }

    convenience init(
        _ server: LiveServer, trusting certificate: String? = nil, receiveBuffer: Int? = nil
    ) async throws {
        try await self.init(
            .init(ipAddress: "127.0.0.1", port: server.port), trusting: certificate, receiveBuffer: receiveBuffer)
    }

    deinit { channel.close(promise: nil) }

    /// Our own end's address, as the server should see it.
    var localPort: Int? { channel.localAddress?.port }

    func write(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    func write(_ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(bytes).get()
    }

    /// Writes without waiting for the bytes to leave: for a server that does not read.
    func startWriting(_ bytes: ByteBuffer) {
        channel.writeAndFlush(bytes).whenSuccess { [written] in written.add(bytes.readableBytes) }
    }

    /// How much of it has left.
    var writtenBytes: Int { written.value }

    /// Whether bytes wait here because the server does not read.
    var isBlocked: Bool { !channel.isWritable }

    func closeOutput() async throws {
        try await channel.close(mode: .output).get()
    }

    func close() async {
        try? await channel.close()
    }

    func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
        if isReading { channel.read() }
    }

    /// Reads until a text has come; what is behind it stays for the next call.
    func read(until end: String) async throws -> String {
        let marker = Array(end.utf8)
        var searched = 0
        while true {
            let found = unread.withLock { unread -> String? in
                let bytes = Array(buffer: unread)
                // From where a marker may begin that was not whole before.
                let at = (searched...).prefix { $0 + marker.count <= bytes.count }.first {
                    bytes[$0] == marker[0] && bytes[$0..<$0 + marker.count].elementsEqual(marker)
                }
                searched = max(0, bytes.count - marker.count + 1)
                return at.flatMap { unread.readString(length: $0 + marker.count) }
            }
            if let found { return found }
            guard try await more() else {
                throw CommunicatorError(.connection, "'\(end)' was awaited, the connection ended behind '\(rest)'")
            }
        }
    }

    /// Reads a number of bytes.
    func read(count: Int) async throws -> ByteBuffer {
        while true {
            if let bytes = unread.withLock({ $0.readSlice(length: count) }) { return bytes }
            guard try await more() else {
                throw CommunicatorError(.connection, "\(count) bytes were awaited, the connection ended before")
            }
        }
    }

    /// Reads until the server ends its side.
    func readToEnd() async throws -> String {
        while try await more() {}
        return rest
    }

    private var rest: String { unread.withLock { $0.readString(length: $0.readableBytes) ?? "" } }

    private func more() async throws -> Bool {
        guard let event = try await inbound.next(within: .seconds(10)) else {
            throw CommunicatorError(.timedOut, "nothing came in 10 s behind '\(rest)'")
        }
        guard var bytes = event else { return false }
        unread.withLock { _ = $0.writeBuffer(&bytes) }
        return true
    }
}

private final class WireHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbound: EventQueue<ByteBuffer?>

    init(_ inbound: EventQueue<ByteBuffer?>) {
        self.inbound = inbound
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbound.push(unwrapInboundIn(data))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { inbound.finish(nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbound.finish(nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
