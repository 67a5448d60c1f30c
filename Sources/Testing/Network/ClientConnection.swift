// SPDX-License-Identifier: Apache-2.0

public import NIOCore
import NIOPosix
import SluiceCore
public import SluiceTLS

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A plain or TLS connection of a test to a server: bytes out, bytes in, and every way to end it.
public final class ClientConnection: Sendable {
    /// What comes from the server.
    public enum Inbound: Sendable {
        /// Bytes, as one read brought them.
        case bytes(ByteBuffer)
        /// The connection is over; comes again on every later receive.
        case closed
    }

    /// How a server over TLS is checked.
    public struct Security: Sendable {
        /// Whom to trust.
        public var trust: TLSTrust
        /// What the server's certificate must be for.
        public var serverName: String
        /// Offered by ALPN; nothing by default.
        public var applicationProtocols: [String]

        /// Trusts a PEM file's certificate, as `DevelopmentCertificate` makes one.
        public init(
            trust: TLSTrust, serverName: String = "localhost", applicationProtocols: [String] = []
        ) {
            self.trust = trust
            self.serverName = serverName
            self.applicationProtocols = applicationProtocols
        }
    }

    let inbound: EventQueue<Inbound>
    private let channel: any Channel

    /// Connects.
    ///
    /// - Parameters:
    ///   - security: how to check the server; `nil` for a plain connection.
    ///   - receiveBuffer: the socket's receive buffer in bytes (`SO_RCVBUF`), to be a slow reader with little data.
    /// - Throws: ``CommunicatorError`` with `connection`: refused, or no TLS.
    public init(
        host: String = "127.0.0.1", port: Int, security: Security? = nil, receiveBuffer: Int? = nil
    ) async throws {
        let inbound = EventQueue<Inbound>()
        self.inbound = inbound
        do {
            let context = try security.map {
                try TLSContext.client(trust: $0.trust, applicationProtocols: $0.applicationProtocols)
            }
            var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let context {
                            let handler = try TLSHandler(context, serverName: security?.serverName)
                            try channel.pipeline.syncOperations.addHandler(handler)
                        }
                        try channel.pipeline.syncOperations.addHandler(InboundHandler(inbound))
                    }
                }
            if let receiveBuffer {
                bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
            }
            channel = try await bootstrap.connect(host: host, port: port).get()
        } catch {
            throw CommunicatorError(.connection, "no connection to \(host):\(port): \(error)")
        }
    }

    deinit { channel.close(promise: nil) }

    /// Sends bytes.
    ///
    /// - Throws: ``CommunicatorError`` with `connection` when the connection is over.
    public func write(_ bytes: ByteBuffer) async throws {
        do {
            try await channel.writeAndFlush(bytes).get()
        } catch {
            throw CommunicatorError(.connection, "bytes could not be sent: \(error)")
        }
    }

    /// Takes what came next.
    ///
    /// - Throws: ``CommunicatorError`` with `timedOut`.
    public func receive(timeout: Duration = .seconds(20)) async throws -> Inbound {
        guard let event = try await inbound.next(within: timeout) else {
            throw CommunicatorError(.timedOut, "bytes or the connection's end were awaited; nothing came in \(timeout)")
        }
        return event
    }

    /// Reads no more, as a client that is too slow: what the server sends fills the buffers between.
    public func pauseReading() async throws {
        try await channel.setOption(.autoRead, value: false).get()
    }

    /// Reads again.
    public func resumeReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// Closes, after what was written.
    public func close() async {
        try? await channel.close()
    }

    /// Ends the connection with a reset (`SO_LINGER` 0): the server's next read or write fails.
    public func reset() async {
        let atOnce = linger(l_onoff: 1, l_linger: 0)
        try? await (channel as? any SocketOptionProvider)?.setSoLinger(atOnce).get()
        // Closed beneath TLS, which would send a farewell first.
        let channel = channel
        try? await channel.eventLoop.submit {
            channel.pipeline.syncOperations.closeBelowTLS()
        }.get()
        try? await channel.closeFuture.get()
    }
}

extension ChannelPipeline.SynchronousOperations {
    fileprivate func closeBelowTLS() {
        guard let tls = try? context(handlerType: TLSHandler.self) else { return close(promise: nil) }
        tls.close(promise: nil)
    }
}

/// Puts what is read into a queue.
private final class InboundHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbound: EventQueue<ClientConnection.Inbound>

    init(_ inbound: EventQueue<ClientConnection.Inbound>) {
        self.inbound = inbound
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbound.push(.bytes(unwrapInboundIn(data)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbound.finish(.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
