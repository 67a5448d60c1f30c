// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// TLS in a channel pipeline, server or client: put it first. Ciphertext towards the socket, plaintext behind it.
///
/// - Fires ``TLSHandshakeCompleted``, then plaintext: one `channelRead` for all that one read of the socket brought.
/// - Keeps writes until `flush` and joins them, up to 16 KiB in a record; a write's promise is kept when its
///   ciphertext has been written. Writes before the end of the handshake wait for it.
/// - On an error fires ``TLSError`` and closes; a stream that ends without close_notify fires
///   ``TLSEvent/uncleanShutdown`` first.
/// - `close()` sends close_notify and closes as soon as it has been written, at the latest after `closeTimeout`; a
///   second `close()` closes at once. `close(mode: .output)` sends close_notify and ends that direction alone.
/// - A peer that speaks plain HTTP gets `plainAnswer`, as it is, before the error.
/// - A peer's close_notify closes the channel, or with `ChannelOptions.allowRemoteHalfClosure` fires
///   `ChannelEvent.inputClosed` and leaves the other direction open.
///
/// Cannot be removed from its pipeline: what follows would be plaintext. All of it is used on the event loop alone.
public final class TLSHandler: ChannelDuplexHandler {
    /// Ciphertext.
    public typealias InboundIn = ByteBuffer
    /// Plaintext.
    public typealias InboundOut = ByteBuffer
    /// Plaintext.
    public typealias OutboundIn = ByteBuffer
    /// Ciphertext.
    public typealias OutboundOut = ByteBuffer

    enum Phase {
        case idle, handshaking, open
        /// close_notify is on its way, the channel is closed after it.
        case closing
        case closed
    }

    /// Answers on the level of TLS (to requests for new keys) that may wait for a peer which does not read, in bytes.
    private static let maximumUnreadAnswers = 4096

    /// The connection, to ask what was negotiated and for the peer's certificates.
    public let engine: TLSEngine
    private let handshakeTimeout: TimeAmount
    private let plainAnswer: ByteBuffer?
    let closeTimeout: TimeAmount

    var phase = Phase.idle
    // Proof of the unchecked exclusivity: touched on the event loop alone, by calls of its own that call nothing foreign.
    @exclusivity(unchecked) var writes = PendingWrites()
    var isEncrypting = false
    /// Ciphertext has been written behind the last flush.
    var needsFlush = false
    /// `close(mode: .output)` came before the end of the handshake.
    var outputCloseRequest: EventLoopPromise<Void>??
    /// Of the `close()` that waits for close_notify to be written.
    var closePromise: EventLoopPromise<Void>?
    /// The handshake's, later the close's.
    var timeout: Scheduled<Void>?
    private var hasSeenCloseNotify = false
    private var isReadPending = false
    private var hasDelivered = false
    private var unreadAnswers = 0

    /// - Parameters:
    ///   - context: The server's or a client's.
    ///   - serverName: Client only: the host name or IP address that the certificate must be for.
    ///   - session: Client only: an earlier session to resume, if the server still knows it.
    ///   - handshakeTimeout: From the channel's start to the end of the handshake; default 10 s.
    ///   - closeTimeout: How long `close()` waits for a peer that does not read; default 5 s.
    ///   - plainAnswer: What a peer gets that speaks plain HTTP; default nothing.
    /// - Throws: ``TLSError/Code/invalidConfiguration``.
    public init(
        _ context: TLSContext, serverName: String? = nil, resuming session: TLSSession? = nil,
        handshakeTimeout: TimeAmount = .seconds(10), closeTimeout: TimeAmount = .seconds(5),
        plainAnswer: ByteBuffer? = nil
    ) throws(TLSError) {
        engine = try TLSEngine(context, serverName: serverName, resuming: session)
        self.handshakeTimeout = handshakeTimeout
        self.closeTimeout = closeTimeout
        self.plainAnswer = plainAnswer
    }

    /// Bytes that TLS holds for the connection, beside what the channel itself holds: see ``TLSEngine/heldBytes``, and
    /// plaintext that waits for its flush or the end of the handshake. On the event loop.
    public var heldBytes: Int { engine.heldBytes + writes.byteCount }

    // MARK: Lifecycle

    /// Begins the handshake if the channel is active already.
    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    /// Begins the handshake.
    public func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    /// Tells a cut-off stream or handshake, and fails what waits.
    public func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    /// Fails what waits: the pipeline is being torn down.
    public func handlerRemoved(context: ChannelHandlerContext) {
        stopTimeout()
        phase = .closed
        takeClosePromise()?.succeed()
        failWrites(ChannelError.ioOnClosedChannel)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard phase == .idle else { return }
        phase = .handshaking
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: handshakeTimeout) { [self] in
            guard phase == .handshaking else { return }
            let seconds = handshakeTimeout.nanoseconds / 1_000_000_000
            fail(context, TLSError(.handshakeTimeout, "TLS handshake not done within \(seconds) s"))
        }
        do throws(TLSError) {
            try engine.start()
            sendOutput(context)
            flushOutput(context)
            // The handshake needs the peer's bytes, whether or not anybody behind us wants to read yet.
            context.read()
        } catch {
            fail(context, error)
        }
    }

    private func end(_ context: ChannelHandlerContext) {
        let last = phase
        phase = .closed
        stopTimeout()
        if last == .handshaking {
            context.fireErrorCaught(
                TLSError(.handshakeFailed, "TLS handshake failed: the peer has closed the connection"))
        } else if last == .open && !hasSeenCloseNotify {
            context.fireUserInboundEventTriggered(TLSEvent.uncleanShutdown)
        }
        takeClosePromise()?.succeed()
        failWrites(ChannelError.ioOnClosedChannel)
    }

    /// Sends the alert that the engine may have left, tells the error and closes.
    func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
        guard phase != .closed else { return }
        phase = .closed
        stopTimeout()
        sendOutput(context)
        if error.code == .notEncrypted, let plainAnswer {
            context.write(Self.wrapOutboundOut(plainAnswer), promise: nil)
        }
        context.flush()
        context.fireErrorCaught(error)
        failWrites(error)
        context.close(promise: takeClosePromise())
    }

    // MARK: Inbound

    /// Decrypts. What comes after our own close is thrown away.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .handshaking || phase == .open else { return }
        var failure: TLSError?
        do throws(TLSError) { try engine.receive(Self.unwrapInboundIn(data)) } catch { failure = error }
        if phase == .handshaking, engine.state == .established {
            sendOutput(context)
            completeHandshake(context)
        } else {
            sendAnswers(context)
        }
        // Behind us anything may happen in these calls, so the phase is looked at again each time.
        if phase == .open, let plaintext = engine.takePlaintext() {
            hasDelivered = true
            context.fireChannelRead(Self.wrapInboundOut(plaintext))
        }
        if let failure { return fail(context, failure) }
        if engine.isInputClosed { receiveCloseNotify(context) }
    }

    /// Flushes what the engine has answered, and reads on where nobody behind us has got anything.
    public func channelReadComplete(context: ChannelHandlerContext) {
        flushOutput(context)
        if phase == .handshaking || isReadPending && !hasDelivered && phase == .open { context.read() }
        if hasDelivered { isReadPending = false }
        hasDelivered = false
        context.fireChannelReadComplete()
    }

    /// Reads the socket.
    public func read(context: ChannelHandlerContext) {
        isReadPending = true
        context.read()
    }

    /// Tells an end of the stream without close_notify apart from one with it.
    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        if phase == .handshaking {
            return fail(context, TLSError(.handshakeFailed, "TLS handshake failed: the peer has closed the connection"))
        }
        // After close_notify the end of the stream is no news.
        guard !hasSeenCloseNotify else { return }
        hasSeenCloseNotify = true
        if phase == .open { context.fireUserInboundEventTriggered(TLSEvent.uncleanShutdown) }
        context.fireUserInboundEventTriggered(event)
    }

    private func completeHandshake(_ context: ChannelHandlerContext) {
        phase = .open
        stopTimeout()
        context.fireUserInboundEventTriggered(TLSHandshakeCompleted(engine))
        guard phase == .open else { return }
        if writes.hasFlushed {
            encryptWrites(context)
            needsFlush = true
        }
        if phase == .open, let request = outputCloseRequest {
            outputCloseRequest = nil
            closeOutput(context, promise: request)
        }
    }

    private func receiveCloseNotify(_ context: ChannelHandlerContext) {
        guard phase == .open, !hasSeenCloseNotify else { return }
        hasSeenCloseNotify = true
        let allowed = try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)
        if allowed == true && !engine.isOutputClosed {
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            closeAll(context, promise: nil)
        }
    }

    /// Writes what the engine has ready. Never more than the input caused, but a peer that does not read could let it
    /// pile up in the channel.
    private func sendAnswers(_ context: ChannelHandlerContext) {
        let count = engine.outputByteCount
        guard count > 0 else { return }
        sendOutput(context)
        unreadAnswers = context.channel.isWritable ? 0 : unreadAnswers + count
        if unreadAnswers > Self.maximumUnreadAnswers {
            fail(context, TLSError(.peerNotReading, "TLS: the peer asks for new keys but does not read"))
        }
    }

    func stopTimeout() {
        timeout?.cancel()
        timeout = nil
    }
}
