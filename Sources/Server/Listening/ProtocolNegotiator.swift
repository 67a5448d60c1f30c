// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import Logging
import NIOCore
import SluiceCore
import SluiceTLS

/// Waits until it is known which HTTP a connection speaks, then makes room for that: over TLS what ALPN has agreed on
/// (RFC 9113 §3.2), without TLS what the first bytes say (prior knowledge, §3.3).
final class ProtocolNegotiator: ChannelInboundHandler, RemovableChannelHandler, SweptConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let host: ApplicationHost
    private let loop: LoopContext
    private let isSecure: Bool
    private let tls: TLSHandler?
    private let prepare: ScopePreparation?
    private var context: ChannelHandlerContext?
    private var buffer = ByteBuffer()
    private var isDecided = false
    private let began: UInt32
    var sweepIndex = -1

    init(host: ApplicationHost, loop: LoopContext, isSecure: Bool, tls: TLSHandler?, prepare: ScopePreparation?) {
        self.tls = tls
        self.prepare = prepare
        self.host = host
        self.loop = loop
        self.isSecure = isSecure
        began = loop.second
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.remove(self)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let handshake = event as? TLSHandshakeCompleted, !isDecided {
            install(isHTTP2: handshake.alpn == "h2", TransportSecurity(handshake))
            context.fireUserInboundEventTriggered(event)
            return leave()
        }
        if let event = event as? ChannelEvent, event == .inputClosed, !isDecided {
            loop.close(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isDecided { return context.fireChannelRead(data) }
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        let preface = HTTP2Connection.preface
        let begins = !isSecure && zip(buffer.readableBytesView, preface).allSatisfy { $0 == $1 }
        if begins, buffer.readableBytes < preface.count { return }
        install(isHTTP2: begins, nil)
        context.fireChannelRead(wrapInboundOut(buffer))
        buffer = ByteBuffer()
        leave()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isDecided { loop.close(context) }
        context.fireErrorCaught(error)
    }

    private func install(isHTTP2: Bool, _ security: TransportSecurity?) {
        guard let context else { return }
        isDecided = true
        do {
            if isHTTP2 {
                let connection = HTTP2Connection(
                    host: host, loop: loop, isSecure: isSecure, security: security, tls: tls, prepare: prepare)
                try connection.install(on: context.channel)
            } else {
                try HTTPConnection(host: host, loop: loop, isSecure: isSecure, tls: tls, prepare: prepare)
                    .install(on: context.channel)
            }
        } catch {
            host.logger.error("a connection cannot be served", metadata: ["error": "\(error)"])
            loop.close(context)
        }
    }

    /// Behind what it passes on: a handler that has left passes nothing on.
    private func leave() {
        context?.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    // MARK: SweptConnection

    func sweep(second: UInt32) {
        // TLS has its own time-out for the handshake, and comes first.
        let patience = host.configuration.http.headerTimeout * (isSecure ? 2 : 1)
        // A request may be on its way when the server stops, and nobody else will serve it.
        let limit = host.isDraining ? min(1, patience) : patience
        guard second &- began > limit else { return }
        loop.close(context)
    }

    func drain() {}

    var isLasting: Bool { false }

    var heldBytes: Int { buffer.readableBytes + (tls?.heldBytes ?? 0) }

    func secondsBehind(_ second: UInt32) -> UInt32 { second &- began }

    func shed() {
        loop.close(context)
    }

    func abort() {
        loop.close(context)
    }
}
#endif
