// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import Logging
import NIOCore
import NIOHTTP2
import SluiceCore
import SluiceTLS

/// One HTTP/2 connection on its event loop: stands between the bytes and NIO's handler, which speaks the protocol and
/// makes a channel of every stream.
///
/// It sees the headers of all frames, in both directions: it counts what a client may not do too often, knows what each
/// stream has still to send, joins the small writes of a turn into one, and ends the connection.
final class HTTP2Connection: ChannelDuplexHandler, SweptConnection, FlushedConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The way to an end that loses no request (RFC 9113 §6.8).
    enum Leaving {
        case no
        /// The client has been told; streams that it opens meanwhile are still served.
        case announced
        /// It has been told which stream was the last one.
        case refusing
    }

    let host: ApplicationHost
    let loop: LoopContext
    let isSecure: Bool
    let security: TransportSecurity?
    let tls: TLSHandler?
    /// What the log knows the connection by.
    let id = UInt32.random(in: .min ... .max)
    var logger: Logger { ConnectionContext(logger: host.logger, id: id).logger }
    var context: ChannelHandlerContext?
    var sweepIndex = -1

    // Addresses as scopes have them: the same for all streams.
    private(set) var peer: SocketAddress?
    private(set) var client: Endpoint?
    private(set) var server: Endpoint?
    /// Puts into scopes what else is known of the channel.
    let prepare: ScopePreparation?

    // What is read.
    private var inbound = FrameScanner(skipping: HTTP2Connection.preface.count)
    private var budget: FrameBudget
    private var dataStream: Int32?
    private var unreadFrames: [Int32: Int] = [:]
    private(set) var lastStream: Int32 = 0
    private var recentStreams = RecentStreams()
    private(set) var hasSettings = false
    private(set) var hasAcknowledgement = false
    private(set) var headersSince: UInt32?
    private(set) var lastHeard: UInt32

    // What is served.
    var streams: [Int32: HTTP2Stream] = [:]

    // What is written.
    private var outbound = FrameScanner()
    private var out = ByteBuffer()
    private var isDirty = false
    private var isFlushing = false
    private var dirtyStreams: [HTTP2Stream] = []
    private var endedStreams: [Int32] = []
    /// Bytes of all streams that have not reached the socket.
    private(set) var queuedBytes = 0
    private var mayWake = false

    // How it ends.
    var leaving = Leaving.no
    var clientLeaves = false
    var isInputClosed = false
    private(set) var isClosing = false
    var pingedAt: UInt32?
    var stateSince: UInt32

    init(
        host: ApplicationHost, loop: LoopContext, isSecure: Bool, security: TransportSecurity?, tls: TLSHandler?,
        prepare: ScopePreparation? = nil
    ) {
        self.tls = tls
        self.host = host
        self.prepare = prepare
        self.loop = loop
        self.isSecure = isSecure
        self.security = security
        budget = FrameBudget(host.configuration.http2)
        lastHeard = loop.second
        stateSince = loop.second
    }

    // MARK: The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        peer = context.channel.remoteAddress
        client = peer.flatMap(Endpoint.init)
        server = context.channel.localAddress.flatMap(Endpoint.init)
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.remove(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        loop.executor.beginBatch()
        lastHeard = loop.second
        pingedAt = nil
        var rest = unwrapInboundIn(data)
        if let dataStream, !inbound.isBetweenFrames, rest.readableBytes > 0 { receivedData(dataStream) }
        while let frame = inbound.next(in: &rest) {
            if let excess = budget.received(frame) {
                return end(.enhanceYourCalm, excess.rawValue)
            }
            received(frame)
            if isClosing { return }
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        wakeWriters()
        loop.executor.drain()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        context.fireChannelWritabilityChanged()
        wakeWriters()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            isInputClosed = true
            isClosing ? loop.close(context) : close()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        context.fireChannelInactive()
    }

    /// What comes from the socket or from TLS; errors of the protocol arise behind us, and show as GOAWAY.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("a connection failed", metadata: ["error": "\(error)"])
        loop.close(context)
    }

    // MARK: Frames of the client

    private func received(_ frame: FrameHeader) {
        dataStream = nil
        switch frame.kind {
        case .headers:
            headersSince = frame.endsHeaders ? nil : loop.second
            if frame.streamID > lastStream, frame.streamID % 2 == 1 {
                lastStream = frame.streamID
                recentStreams.open(frame.streamID)
            } else if recentStreams.hasEnded(frame.streamID) {
                return end(.streamClosed, "HEADERS on a stream that the client has ended")
            }
            if frame.endsStream { recentStreams.end(frame.streamID) }
        case .continuation:
            if frame.endsHeaders { headersSince = nil }
        case .data:
            dataStream = frame.streamID
            unreadFrames[frame.streamID, default: 0] += 1
            if frame.endsStream { recentStreams.end(frame.streamID) }
        case .resetStream:
            recentStreams.end(frame.streamID)
            forgetUnread(frame.streamID)
        case .settings:
            if frame.isAcknowledgement { hasAcknowledgement = true } else { hasSettings = true }
        case .ping:
            if frame.isAcknowledgement, leaving == .announced { refuseStreams() }
        case .goAway:
            clientLeaves = true
            loop.executor.markDirty(self)
        default:
            break
        }
    }

    /// A DATA frame that comes in pieces is delivered in pieces; each counts.
    private func receivedData(_ stream: Int32) {
        unreadFrames[stream, default: 0] += 1
        let piece = FrameHeader(length: 0, type: FrameHeader.Kind.data.rawValue, flags: 0, streamID: stream)
        if let excess = budget.received(piece) { end(.enhanceYourCalm, excess.rawValue) }
    }

    /// A stream has taken a piece of DATA.
    func tookData(_ stream: Int32) {
        guard let count = unreadFrames[stream], count > 0 else { return }
        unreadFrames[stream] = count - 1
        budget.read(1)
    }

    private func forgetUnread(_ stream: Int32) {
        if let count = unreadFrames.removeValue(forKey: stream) { budget.read(count) }
    }

    // MARK: Streams

    func add(_ stream: HTTP2Stream) {
        streams[stream.id] = stream
    }

    func remove(_ stream: HTTP2Stream) {
        streams[stream.id] = nil
        forgetUnread(stream.id)
        queuedBytes -= stream.queuedBytes
        stateSince = loop.second
        if clientLeaves || leaving == .refusing { markDirty() }
    }

    func queued(_ count: Int) {
        queuedBytes += count
    }

    func markDirty(_ stream: HTTP2Stream) {
        dirtyStreams.append(stream)
        markDirty()
    }

    func markDirty() {
        guard !isDirty, !isFlushing else { return }
        isDirty = true
        loop.executor.markDirty(self)
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        var rest = bytes
        while let frame = outbound.next(in: &rest) {
            sent(frame, payloadIndex: rest.readerIndex, of: &bytes)
        }
        guard promise == nil, bytes.readableBytes < 16 << 10 else {
            writeOut()
            return context.write(wrapOutboundOut(bytes), promise: promise)
        }
        out.writeBuffer(&bytes)
        if out.readableBytes >= 64 << 10 { writeOut() }
    }

    /// Flushes at the end of the turn, once for all streams.
    func flush(context: ChannelHandlerContext) {
        markDirty()
    }

    private func sent(_ frame: FrameHeader, payloadIndex: Int, of bytes: inout ByteBuffer) {
        switch frame.kind {
        case .data:
            if frame.length > 0 {
                budget.sentData()
                queuedBytes -= streams[frame.streamID]?.left(frame.length) ?? 0
                mayWake = true
            }
            if frame.endsStream { endedStreams.append(frame.streamID) }
        case .headers:
            if frame.endsStream { endedStreams.append(frame.streamID) }
        case .resetStream:
            forgetUnread(frame.streamID)
        case .settings:
            tellStreamLimit(payloadIndex..<payloadIndex + frame.length, of: &bytes)
        case .goAway:
            // NIO's handler names no last stream when the connection is at fault; we know it (RFC 9113 §6.8).
            guard let code: UInt32 = bytes.getInteger(at: payloadIndex + 4), code != 0 else { return }
            bytes.setInteger(lastStream, at: payloadIndex)
            logger.debug("a connection broke the protocol", metadata: ["code": "\(code)"])
            close()
        default:
            break
        }
    }

    /// NIO's handler ends the connection of a client that opens too many streams, where only the stream is to be refused
    /// (RFC 9113 §5.1.2): so it knows no limit, the client is told ours, and we refuse.
    private func tellStreamLimit(_ payload: Range<Int>, of bytes: inout ByteBuffer) {
        for index in stride(from: payload.lowerBound, to: payload.upperBound, by: 6) {
            guard let name: UInt16 = bytes.getInteger(at: index), name == 3 else { continue }
            bytes.setInteger(UInt32(clamping: host.configuration.http2.concurrentStreams), at: index + 2)
        }
    }

    /// Whether one more stream is too many.
    func refusesStream() -> Bool {
        guard streams.count > host.configuration.http2.concurrentStreams else { return false }
        if let excess = budget.refused() { end(.enhanceYourCalm, excess.rawValue) }
        return true
    }

    private func writeOut() {
        guard out.readableBytes > 0, let context else { return }
        context.write(wrapOutboundOut(out), promise: nil)
        out = ByteBuffer()
    }

    func flushNow() {
        isDirty = false
        guard let context else { return }
        isFlushing = true
        while !dirtyStreams.isEmpty {
            let streams = dirtyStreams
            dirtyStreams = []
            for stream in streams { stream.flushNow() }
        }
        isFlushing = false
        writeOut()
        context.flush()
        settle()
        wakeWriters()
    }

    /// What follows from the frames that have been sent.
    private func settle() {
        let ended = endedStreams
        endedStreams = []
        for id in ended { streams[id]?.outputEnded() }
        if streams.isEmpty, clientLeaves || leaving == .refusing { close() }
    }

    private func wakeWriters() {
        guard mayWake else { return }
        mayWake = false
        for stream in streams.values { stream.wakeIfRoom() }
    }

    // MARK: The end

    /// Ends the connection with a GOAWAY of our own (RFC 9113 §6.8).
    func end(_ code: HTTP2ErrorCode, _ reason: String) {
        guard !isClosing else { return }
        logger.debug("a connection is ended", metadata: ["code": "\(code)", "reason": "\(reason)"])
        writeGoAway(lastStream, code)
        close()
    }

    /// Writes a GOAWAY that NIO's handler does not know of.
    func writeGoAway(_ lastStream: Int32, _ code: HTTP2ErrorCode) {
        out.writeMultipleIntegers(UInt32(8 << 8) | UInt32(FrameHeader.Kind.goAway.rawValue), UInt8(0), UInt32(0))
        out.writeMultipleIntegers(UInt32(lastStream), UInt32(code.networkCode))
        markDirty()
    }

    /// Closes behind what has been written. The client may be sending still; closing at once would reset the connection
    /// and could take the GOAWAY with it, so our side is closed first, and the rest two seconds later.
    func close() {
        guard !isClosing, let context else { return }
        isClosing = true
        stateSince = loop.second
        for stream in streams.values { stream.connectionEnds() }
        // Behind the frame that is being written now.
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.closeOutput() }
    }

    private func closeOutput() {
        guard let context else { return }
        flushNow()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in
            self.loop.close(self.context, mode: self.isInputClosed ? .all : .output)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }
}
#endif
