// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP2
import SluiceCore
import SluiceWebSocket

/// WebSocket over a stream (RFC 8441): DATA carries what the socket would.
extension HTTP2Stream: HandshakeResponder, WebSocketTunnel {
    var bufferedBytes: Int { queuedBytes }

    // MARK: The handshake

    func acceptWebSocket(
        _ session: WebSocketSession, subprotocol: String?, headers: HTTPFields
    ) throws -> WebSocketConnection {
        guard let context, !isEnded, let request, case .webSocket(let handshake) = request.kind else {
            throw SendError.connectionClosed
        }
        try handshake.checkAnswer(subprotocol: subprotocol, headers)
        let compression = loop.deflate?.accept(handshake.extensions)
        let head = try HTTP2ResponseEncoder.accepted(
            subprotocol: subprotocol, extensions: compression?.header, headers, date: loop.httpDate(host.clock),
            serverName: host.configuration.serverName)
        let webSocket = WebSocketConnection(
            host: host, loop: loop, session: session, path: request.scope.rawPath,
            deflate: compression?.deflate, tunnel: self, id: connection.id)
        try context.pipeline.syncOperations.addHandler(webSocket, position: .after(self))
        loop.add(webSocket)
        write(head)
        isTunnel = true
        self.session = nil
        readPending = false
        webSocket.start()
        if isInputEnded { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        return webSocket
    }

    func refuseWebSocket(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer) {
        guard !isEnded, let request else { return }
        session = nil
        isApplicationDone = true
        write(status, headers, body)
        if host.configuration.accessLog { logAccess(request) }
    }

    /// The application has neither accepted nor refused in time.
    func acceptTimedOut() {
        guard let session else { return }
        connection.logger.warning("a WebSocket application did not answer the handshake in time")
        session.refuse(.serviceUnavailable, [:], ByteBuffer(string: "503 Service Unavailable\n"))
        if let task {
            loop.loop.scheduleTask(in: .seconds(Int64(host.configuration.applicationCloseTimeout))) { task.cancel() }
        }
    }

    // MARK: The tunnel

    func receiveTunneled(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(bytes)) }
        // RFC 8441 §5: END_STREAM is what FIN is to a socket.
        if isInputEnded { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard closeStarted == nil else { return promise?.fail(ChannelError.ioOnClosedChannel) ?? () }
        write(.data(.init(data: .byteBuffer(unwrapOutboundIn(data)))), promise: promise)
    }

    /// Ends our half; the stream is gone when the client has ended its own.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard isTunnel, mode != .input else { return context.close(mode: mode, promise: promise) }
        if closeStarted == nil {
            closeStarted = loop.second
            write(.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)))
        }
        promise?.succeed()
    }

    /// A client that does not end its half, or does not let us end ours, is not waited for.
    func sweepTunnel(_ second: UInt32) {
        if let closeStarted, second &- closeStarted > 2 { context?.close(promise: nil) }
    }
}
#endif
