// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import SluiceCore
import SluiceTLS
import SluiceWebSocket

/// One open WebSocket on its event loop: bytes in, events to the application, frames out, flushed once a turn.
final class WebSocketConnection: ChannelDuplexHandler, SweptConnection, FlushedConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let host: ApplicationHost
    let loop: LoopContext
    let session: WebSocketSession
    /// What the log knows the connection by; `nil` where the host's logger does not.
    private let id: UInt32?
    private var logger: Logger { ConnectionContext(logger: host.logger, id: id).logger }
    var sweepIndex = -1

    let tunnel: (any WebSocketTunnel)?
    /// What holds bytes for the connection in front of it; `nil` without TLS of our own, and in a tunnel.
    let tls: TLSHandler?
    private let path: String
    var context: ChannelHandlerContext?

    // Proof of the unchecked exclusivity here and below: these are touched on the event loop's thread only, by calls of
    // their own types, which know nothing of this connection: no access can begin within another.
    @exclusivity(unchecked) private(set) var decoder: WebSocketDecoder
    private let deflate: PerMessageDeflate?
    let encoder = FrameEncoder(role: .server)
    @exclusivity(unchecked) private var closing = CloseHandshake(role: .server)
    private var localCode: CloseCode?
    private var peerReason = ""

    // Reading.
    private var isReading = false
    var readPending = false
    var lastHeard: UInt32
    var pingedAt: UInt32?
    @exclusivity(unchecked) var messageTime = MessageTime()
    /// Bytes of messages that have been decompressed since the application had taken all.
    private var inflatedBytes = 0
    private var isResuming = false
    let began: UInt32
    var lastMessage: UInt32
    @exclusivity(unchecked) private var rate = MessageRate()

    // Writing.
    @exclusivity(unchecked) var out = ByteBuffer()
    private var isDirty = false
    var closesAfterFlush = false
    private var isBroken = false
    private var turnBytes = 0
    var mayHavePending = false
    var queuedBytes = 0
    var drainedBytes = 0
    var progressAt: UInt32
    var closeStarted: UInt32?
    private(set) var isWritable = true

    init(
        host: ApplicationHost, loop: LoopContext, session: WebSocketSession, path: String,
        deflate: PerMessageDeflate?, tunnel: (any WebSocketTunnel)? = nil, tls: TLSHandler? = nil, id: UInt32?
    ) {
        self.tls = tls
        self.host = host
        self.loop = loop
        self.session = session
        self.path = path
        self.tunnel = tunnel
        self.id = id
        self.deflate = deflate
        decoder = WebSocketDecoder(
            role: .server, configuration: host.configuration.webSocket.decoder, deflate: deflate)
        began = loop.second
        lastMessage = loop.second
        lastHeard = loop.second
        progressAt = loop.second
    }

    /// The handshake is done: reading may begin (it stood still since the request).
    func start() {
        guard let context else { return }
        if host.isDraining { drain() }
        context.read()
    }

    // MARK: The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isWritable = takesMore(context.channel.isWritable)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.remove(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isReading {
            isReading = true
            loop.executor.beginBatch()
        }
        lastHeard = loop.second
        pingedAt = nil
        guard closing.canReceiveData else { return }
        decoder.feed(unwrapInboundIn(data))
        parse()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        finishRead()
        context.fireChannelReadComplete()
    }

    /// Takes bytes that came right behind the handshake.
    func takeRest(_ bytes: ByteBuffer) {
        decoder.feed(bytes)
        parse()
        finishRead()
    }

    /// Lets the application run over what has been read.
    private func finishRead() {
        isReading = false
        loop.executor.drain()
    }

    func read(context: ChannelHandlerContext) {
        // What the application has not taken yet stops the socket being read.
        if session.queue.notifyWhenEmpty() {
            readPending = true
        } else {
            inflatedBytes = 0
            context.read()
        }
    }

    /// The application has taken everything.
    func readMore() {
        guard !isGlutted else { return resumeLater() }
        guard readPending, let context else { return }
        readPending = false
        context.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        setWritable(takesMore(context.channel.isWritable))
        context.fireChannelWritabilityChanged()
    }

    private func setWritable(_ isWritable: Bool) {
        guard isWritable != self.isWritable else { return }
        self.isWritable = isWritable
        progressAt = loop.second
        session.outbox.setPressure(isWritable ? .none : .full)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client may end its side right behind its close frame, whose answer is still to be written.
        if let event = event as? ChannelEvent, event == .inputClosed, !closesAfterFlush { loop.close(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        closing.transportClosed()
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("a WebSocket failed", metadata: ["error": "\(error)"])
        loop.close(context)
    }

    // MARK: Receiving

    private func parse() {
        do throws(WebSocketError) {
            while !isGlutted, let event = try decoder.next() { receive(event) }
        } catch {
            logger.debug("a client broke the protocol", metadata: ["error": "\(error)"])
            session.queue.removeAll()
            isBroken = true
            closeStarted = closeStarted ?? loop.second
            perform(closing.fail(error))
        }
        // What is still compressed waits until the application has taken what is not.
        if isGlutted, !session.queue.notifyWhenEmpty() { resumeLater() }
    }

    /// Goes on parsing when the loop has looked at its other sockets: who sends much must not keep them waiting.
    private func resumeLater() {
        guard !isResuming, let context else { return }
        isResuming = true
        context.eventLoop.assumeIsolated().scheduleTask(in: .microseconds(100)) { self.resume() }
    }

    private func resume() {
        isResuming = false
        inflatedBytes = 0
        guard context != nil else { return }
        loop.executor.beginBatch()
        parse()
        // Reading goes on when the application has taken this, too.
        if !isGlutted, !session.queue.notifyWhenEmpty() { readMore() }
        loop.executor.drain()
    }

    /// Whether one read has become so much that the application has to take some of it first: a thousand times what was
    /// read, at worst.
    private var isGlutted: Bool { inflatedBytes >= Self.maxInflatedBytes }

    private static let maxInflatedBytes = 256 << 10

    private func receive(_ event: WebSocketEvent) {
        if case .close = event {} else if isTooFast() { return }
        // A ping may come between the frames of a message.
        if !decoder.isInMessage { messageTime.restart() }
        switch event {
        case .text(let bytes):
            deliver(.text(String(buffer: bytes)))
        case .binary(let bytes):
            deliver(.bytes(bytes))
        case .ping(let payload):
            // Whoever does not read gets no more pongs either: they would pile up here.
            guard closing.canSendData, isWritable else { return }
            encoder.writePong(payload, into: &out)
            needsFlush()
        case .pong:
            break
        case .close(let code, let reason):
            peerReason = reason
            perform(closing.received(code))
        }
    }

    /// Closes when the client sends more in a second than it may.
    private func isTooFast() -> Bool {
        let limit = host.configuration.webSocket.messageRate
        guard closing.canSendData, rate.exceeds(limit, in: loop.second) else { return false }
        host.limitLog.count(.messageRate)
        close(.policyViolation, reason: "too many messages")
        return true
    }

    private func deliver(_ message: WebSocketMessage) {
        guard closing.canSendData else { return }  // the application has closed; what the client still says is late
        loop.counters.messageIn()
        lastMessage = loop.second
        session.queue.push(.receive(message))
        // What is not compressed is no more than was read.
        if deflate != nil { inflatedBytes += message.byteCount }
    }

    // MARK: Sending

    /// Writes a message.
    ///
    /// - Returns: `false` when the sender has to wait for the client.
    func send(_ message: WebSocketMessage, _ compression: MessageCompression, waits: Bool) throws -> Bool {
        guard closing.canSendData, let context else { throw SendError.connectionClosed }
        if waits, !hasRoom { return false }
        turnBytes += message.byteCount
        // One allocation for the frames of a turn, instead of one for each time that the buffer doubles.
        if out.capacity == 0 { out.reserveCapacity(512) }
        switch message {
        case .text(let text):
            if let deflate, deflate.takes(message, compression), let payload = deflate.compress(text) {
                write(.text, payload, reserved: .rsv1, context)
            } else {
                encoder.writeText(text, into: &out)
            }
        case .bytes(let bytes):
            if let deflate, deflate.takes(message, compression), let payload = deflate.compress(bytes) {
                write(.binary, payload, reserved: .rsv1, context)
            } else {
                write(.binary, bytes, context)
            }
        }
        loop.counters.messageOut()
        lastMessage = loop.second
        needsFlush()
        // Much from one handler goes to the channel at once, whose water mark is the budget.
        if out.readableBytes > 64 << 10 { writeOut() }
        return true
    }

    private func write(
        _ opcode: Opcode, _ payload: ByteBuffer, reserved: ReservedBits = [], _ context: ChannelHandlerContext
    ) {
        guard let payload = encoder.gather(opcode, payload, reserved: reserved, into: &out) else { return }
        enqueue(out, context)
        enqueue(payload, context)
        out = ByteBuffer()
    }

    /// Whether the application may send now: the client reads, and in this turn of the loop the others have not had to
    /// wait for too long.
    var hasRoom: Bool { isWritable && turnBytes < host.configuration.outboxBytes }

    /// Writes a message that many connections get: the same bytes for all of them.
    func broadcast(_ message: SharedMessage) {
        guard closing.canSendData, let context else { return }
        if out.readableBytes > 0 {
            enqueue(out, context)
            out = ByteBuffer()
        }
        enqueue(message.frame(for: deflate), context)
        loop.counters.messageOut()
        lastMessage = loop.second
        needsFlush()
    }

    func needsFlush() {
        guard !isDirty else { return }
        isDirty = true
        loop.executor.markDirty(self)
    }

    func flushNow() {
        isDirty = false
        let wasFull = turnBytes >= host.configuration.outboxBytes
        turnBytes = 0
        writeOut()
        if wasFull, isWritable { session.outbox.wakeWaiting() }
        guard closesAfterFlush, let context else { return }
        closesAfterFlush = false
        // A channel that is closed forgets what it has not written.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in
            // A client that is still sending would be reset, and could lose the close frame (RFC 6455 §7.1.1).
            self.loop.close(self.context, mode: self.isBroken ? .output : .all)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    private func enqueue(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        queuedBytes += bytes.readableBytes
        context.write(wrapOutboundOut(bytes), promise: nil)
        if let tunnel, !tunnel.hasRoom { setWritable(false) }
    }

    private func writeOut() {
        guard let context else { return }
        if out.readableBytes > 0 {
            enqueue(out, context)
            out = ByteBuffer()
        }
        if !mayHavePending {
            mayHavePending = true
            progressAt = loop.second
        }
        context.flush()
    }

    // MARK: Closing

    /// Begins the closing handshake; only the first close counts.
    ///
    /// - Parameter abrupt: the client does not read, so its answer is not waited for longer than a moment.
    func close(_ code: CloseCode, reason: String, abrupt: Bool = false) {
        guard closing.canSendData else { return }
        localCode = code
        session.queue.removeAll()
        perform(closing.close(code, reason: reason))
        if abrupt, !isWritable { loop.close(context) }
    }

    private func perform(_ action: CloseHandshake.Action) {
        switch action {
        case .none, .awaitPeer:
            break
        case .sendClose(let code, let reason):
            encoder.writeClose(code, reason: reason, into: &out)
            closeStarted = loop.second
            needsFlush()
            perform(closing.closeSent())
        case .disconnect:
            closesAfterFlush = true
            needsFlush()
        }
        readMore()
    }

    private func end() {
        // A peer's own code comes first; else what we closed with; else the connection just broke.
        let code = closing.isPeerClosed ? closing.closeCode : localCode ?? closing.closeCode
        session.end(WebSocketCloseCode(rawValue: code.rawValue), peerReason)
        session.outbox.setPressure(.none)
        if host.configuration.accessLog { logger.info("WebSocket \(path) closed \(code)") }
        // Weakly: an application that returns at once must not be kept until then.
        let limit = TimeAmount.seconds(Int64(host.configuration.applicationCloseTimeout))
        loop.loop.assumeIsolated().scheduleTask(in: limit) { [weak session] in session?.task?.cancel() }
    }
}
