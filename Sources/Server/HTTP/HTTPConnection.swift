// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
import SluiceCore
import SluiceTLS

/// One HTTP/1.1 connection on its event loop: requests in, responses out, one after the other.
///
/// The connection has one task, made with the first request, which serves all its requests; a WebSocket gets its own,
/// which knows nothing of this connection. What is not taken by the application stops the socket being read.
final class HTTPConnection: ChannelDuplexHandler, RemovableChannelHandler, SweptConnection, FlushedConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let host: ApplicationHost
    let loop: LoopContext
    let isSecure: Bool
    /// What holds bytes for the connection in front of it; `nil` without TLS of our own.
    let tls: TLSHandler?
    /// Puts into scopes what else is known of the channel.
    private let prepare: ScopePreparation?
    /// What the log knows the connection by.
    let id = UInt32.random(in: .min ... .max)

    var context: ChannelHandlerContext?
    var security: TransportSecurity?
    private(set) lazy var client = context?.channel.remoteAddress.flatMap(Endpoint.init)
    /// The server's end.
    private(set) lazy var server = context?.channel.localAddress.flatMap(Endpoint.init)
    var sweepIndex = -1
    var isLasting: Bool { false }

    // What is served.
    var current: Exchange?
    var requestCount: UInt64 = 0
    var nextForTask: Exchange?
    let taskWaker = Waker()
    var task: Task<Void, Never>?
    /// What runs the connection's tasks.
    private(set) lazy var executor = ConnectionExecutor(loop.executor)
    var session: WebSocketSession?
    var isUpgrading = false

    // What is written.
    // Proof of the unchecked exclusivity here and below: these are touched on the event loop's thread only, by calls of
    // their own types, which know nothing of this connection: no access can begin within another.
    @exclusivity(unchecked) var out = ByteBuffer()
    var turnBytes = 0
    var isDirty = false
    var writers: [Waker] = []

    // What is read.
    @exclusivity(unchecked) var decoder = RequestDecoder()
    var readPending = false
    var lastHeard: UInt32
    private var hasNewEvents = false

    // How it ends.
    var isEnded = false
    var isClosing = false
    var isInputClosed = false
    var isInHead = false
    var isFlushed = false
    /// Whether something was written that the client may not have read; what of it was left at the last sweep.
    var mayHaveBuffered = false
    var bufferedBytes = 0
    var progressAt: UInt32
    var refusal: RequestRefusal?
    var stateSince: UInt32

    init(
        host: ApplicationHost, loop: LoopContext, isSecure: Bool, tls: TLSHandler? = nil,
        prepare: ScopePreparation? = nil
    ) {
        self.tls = tls
        self.host = host
        self.loop = loop
        self.isSecure = isSecure
        self.prepare = prepare
        stateSince = loop.second
        lastHeard = loop.second
        progressAt = loop.second
    }

    var logger: Logger { ConnectionContext(logger: host.logger, id: id).logger }

    /// Puts the connection at the end of a channel's pipeline.
    func install(on channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(self)
        let half = host.configuration.outboxBytes / 2
        try? channel.syncOptions?.setOption(
            .writeBufferWaterMark, value: .init(low: max(1, half), high: max(2, host.configuration.outboxBytes)))
    }

    // MARK: The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.remove(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !hasNewEvents {
            hasNewEvents = true
            loop.executor.beginBatch()
        }
        // What comes behind our last word is let go.
        guard !isClosing, !isEnded, refusal == nil else { return }
        lastHeard = loop.second
        decoder.feed(unwrapInboundIn(data))
        decode()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        finishRead()
        context.fireChannelReadComplete()
    }

    /// Lets the application run over what has been read.
    func finishRead() {
        hasNewEvents = false
        loop.executor.drain()
    }

    func read(context: ChannelHandlerContext) {
        if isBacklogged {
            readPending = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            wakeWriters()
            if current == nil, !isEnded, !isClosing { goOn() }
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let tls as TLSHandshakeCompleted:
            stateSince = loop.second
            security = TransportSecurity(tls)
        case ChannelEvent.inputClosed:
            inputClosed()
        default:
            break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("a connection failed", metadata: ["error": "\(error)"])
        loop.close(context)
    }

    // MARK: Requests

    /// Takes what has been read, until a request waits for its application: what stands behind it stays bytes.
    func decode() {
        while !isEnded, !isClosing, refusal == nil, current?.isRequestComplete != true, !isCongested {
            do throws(RequestRefusal) {
                switch try decoder.next(host.configuration.http) {
                case .head(let head): begin(head)
                case .body(let bytes, let isLast): receiveBody(bytes, isLast: isLast)
                case nil: return noteHead()
                }
            } catch {
                refuse(error)
            }
        }
    }

    /// The time for a head runs from its first byte.
    private func noteHead() {
        guard current == nil, decoder.isInHead, !isInHead else { return }
        isInHead = true
        if requestCount > 0 { stateSince = loop.second }
    }

    /// Takes the next request, if it is there.
    func goOn() {
        decode()
        if current == nil, host.isDraining || isInputClosed && !isCongested { return closeWhenFlushed() }
        readMore()
    }

    private func begin(_ head: RequestHead) {
        requestCount += 1
        isInHead = false
        let keepAlive =
            head.keepsAlive && !host.isDraining && requestCount < host.configuration.http.requestsPerConnection
        let response = ResponseEncoder(method: head.method, minorVersion: head.minorVersion, keepAlive: keepAlive)
        do throws(RequestRefusal) {
            var request = try RequestScope(
                head, isSecure: isSecure, security: security, client: client, server: server,
                peer: context?.channel.remoteAddress, prepare: prepare, configuration: host.configuration,
                state: host.state,
                connection: ConnectionContext(executor: executor, clock: host.clock, logger: host.logger, id: id))
            let user = try host.admit(request)
            if case .webSocket = request.kind {
                let session = WebSocketSession(host: host, loop: loop)
                request.scope.connection.outbox = session.outbox
                self.session = session
            }
            let exchange = Exchange(
                number: requestCount, scope: request.scope, kind: request.kind, body: makeBody(head),
                response: response, began: host.clock.monotonic)
            exchange.expectsContinue = head.expectsContinue
            exchange.isRequestComplete = head.framing == .none
            exchange.rateSince = loop.second
            count(user, exchange)
            current = exchange
            stateSince = loop.second
            if exchange.isRequestComplete { noteComplete(exchange) }
            giveToTask(exchange)
        } catch {
            answer(error)
        }
    }

    /// Sees to it that a user's request is counted as long as it runs, a WebSocket as long as it is open.
    private func count(_ user: String?, _ exchange: Exchange) {
        guard let user else { return }
        if let session {
            session.outbox.onEnd { [admission = host.admission] in admission.leave(user: user) }
        } else {
            exchange.user = user
        }
    }

    private func makeBody(_ head: RequestHead) -> RequestBody {
        if head.framing == .none { return RequestBody() }
        let eventLoop = loop.loop
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let goOn: @Sendable () -> Void = { eventLoop.run { bound.value.readMore() } }
        guard head.expectsContinue else { return RequestBody(onEmpty: goOn, onFirstLook: nil) }
        let number = requestCount
        return RequestBody(onEmpty: goOn, onFirstLook: { eventLoop.run { bound.value.sendContinue(number) } })
    }

    private func receiveBody(_ bytes: ByteBuffer, isLast: Bool) {
        guard let exchange = current else { return }
        exchange.receivedBytes += bytes.readableBytes
        exchange.isRequestComplete = isLast
        if isLast { noteComplete(exchange) }
        if exchange.isApplicationDone {
            exchange.discardedBytes += bytes.readableBytes
            if exchange.discardedBytes > host.configuration.http.discardedBodyBytes {
                release(exchange)
                return closeWhenFlushed(lingering: true)
            }
        } else {
            exchange.body.push(bytes, moreBody: !isLast)
        }
        if isLast { finishIfComplete(exchange) }
    }

    /// The whole request is here; when the client has said its last word, there is no other one.
    private func noteComplete(_ exchange: Exchange) {
        guard isInputClosed else { return }
        exchange.body.finish()
        if decoder.unreadBytes == 0 { exchange.response.closeAfterwards() }
    }

    // MARK: Back-pressure

    /// Whether the socket must not be read now.
    private var isBacklogged: Bool {
        if isClosing { return false }
        if session != nil { return true }
        guard let current else { return isCongested }
        return current.isRequestComplete && decoder.unreadBytes > 0 || current.body.isWaiting()
    }

    /// Whether the client has so much to read that its next request is not taken, though the one before is done: what is
    /// answered without an application waits for nobody else.
    var isCongested: Bool { current == nil && context?.channel.isWritable == false }

    func readMore() {
        guard readPending, !isBacklogged, let context else { return }
        readPending = false
        context.read()
    }
}

extension EventLoop {
    /// Calls a function on the loop: at once when that is where we are.
    func run(_ body: @escaping @Sendable () -> Void) {
        if inEventLoop {
            body()
        } else {
            execute(body)
        }
    }
}
