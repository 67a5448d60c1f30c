// SPDX-License-Identifier: Apache-2.0

import DequeModule
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import SluiceCore
import SluiceTLS

/// One HTTP/1.1 connection on its event loop: requests in, responses out, one after the other.
///
/// The connection has one task, made with the first request, which serves all its requests and, after an upgrade, the
/// WebSocket. What is not taken by the application stops the socket being read.
final class HTTPConnection: ChannelDuplexHandler, RemovableChannelHandler, SweptConnection, FlushedConnection {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let host: ApplicationHost
    let loop: LoopContext
    let isSecure: Bool
    /// The server's end, where the socket itself does not know it.
    let server: Endpoint?
    let logger: Logger

    var context: ChannelHandlerContext?
    var security: TransportSecurity?
    var sweepIndex = -1
    var isLasting: Bool { false }

    // What is served.
    var current: Exchange?
    var pending = Deque<HTTPServerRequestPart>()
    var requestCount: UInt64 = 0
    var nextForTask: Exchange?
    let taskWaker = Waker()
    var task: Task<Void, Never>?
    var session: WebSocketSession?

    // What is written.
    var out = ByteBuffer()
    var turnBytes = 0
    var isDirty = false
    var writers: [Waker] = []

    // What is read.
    var decoder: ByteToMessageHandler<HTTPRequestDecoder>
    var readPending = false
    var lastHeard: UInt32
    private var hasNewEvents = false

    // How it ends.
    var isEnded = false
    var isClosing = false
    var isInputClosed = false
    var isFlushed = false
    var bufferedBytes = 0
    var progressAt: UInt32
    var refusal: RequestScope.Refusal?
    var stateSince: UInt32

    init(host: ApplicationHost, loop: LoopContext, isSecure: Bool, server: Endpoint? = nil) {
        self.host = host
        self.loop = loop
        self.isSecure = isSecure
        self.server = server
        stateSince = loop.second
        lastHeard = loop.second
        progressAt = loop.second
        decoder = Self.makeDecoder(host.configuration.http)
        var logger = host.logger
        logger[metadataKey: "connection"] = "\(UInt32.random(in: .min ... .max))"
        self.logger = logger
    }

    /// Puts the HTTP/1.1 decoder and the connection at the end of a channel's pipeline.
    func install(on channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandlers([decoder, self])
        let half = host.configuration.outboxBytes / 2
        try? channel.syncOptions?.setOption(
            .writeBufferWaterMark, value: .init(low: max(1, half), high: max(2, host.configuration.outboxBytes)))
    }

    static func makeDecoder(_ limits: ServerConfiguration.HTTPLimits) -> ByteToMessageHandler<HTTPRequestDecoder> {
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderFieldSize = limits.fieldBytes
        configuration.maxHeaderListSize = limits.headerBytes
        configuration.maxHeaderFieldCount = limits.fieldCount
        return ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: configuration))
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
        lastHeard = loop.second
        let part = unwrapInboundIn(data)
        if pending.isEmpty, accept(part) { return }
        pending.append(part)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        finishRead()
        context.fireChannelReadComplete()
    }

    /// Lets the application run over what has been read.
    func finishRead() {
        pushHeldBody()
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
        if context.channel.isWritable { wakeWriters() }
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
        // Behind its first error the decoder has one for every read; the client is being told already.
        if isClosing || refusal != nil, error is ByteToMessageDecoderError { return }
        guard let error = error as? HTTPParserError, !isEnded else {
            logger.debug("a connection failed", metadata: ["error": "\(error)"])
            return context.close(promise: nil)
        }
        refuse(RequestScope.Refusal(error))
    }

    // MARK: Requests

    /// Takes a part if it belongs to the current request or begins one; otherwise it has to wait its turn.
    private func accept(_ part: HTTPServerRequestPart) -> Bool {
        guard !isEnded, !isClosing else { return true }
        switch part {
        case .head(let head):
            guard current == nil else { return false }
            begin(head)
            return true
        case .body(let bytes):
            guard let current, !current.isRequestComplete else { return current == nil }
            receiveBody(bytes, current)
            return true
        case .end:
            guard let current, !current.isRequestComplete else { return current == nil }
            current.isRequestComplete = true
            if current.stopsDecoder { replaceDecoder() }
            if !current.isApplicationDone {
                current.body.push(current.heldBody ?? ByteBuffer(), moreBody: false)
                current.heldBody = nil
                if isInputClosed { current.body.finish() }
            }
            finishIfComplete(current)
            return true
        }
    }

    /// Takes what has waited, until it waits for the application again.
    func acceptPending() {
        while let part = pending.popFirst() {
            // Taken out first: a request that is refused empties the list.
            guard accept(part) else {
                pending.prepend(part)
                break
            }
        }
        settleRefusal()
        if current == nil, host.isDraining || isInputClosed { return closeWhenFlushed() }
        readMore()
    }

    private func begin(_ head: HTTPRequestHead) {
        guard let context else { return }
        requestCount += 1
        let isLast = isInputClosed && !pending.contains { if case .head = $0 { true } else { false } }
        let keepAlive = head.isKeepAlive && !host.isDraining && !isLast
        let response = ResponseEncoder(
            method: HTTPRequest.Method(rawValue: head.method.rawValue) ?? .get, minorVersion: head.version.minor,
            keepAlive: keepAlive)
        do throws(RequestScope.Refusal) {
            var request = try RequestScope(
                head, on: context.channel, isSecure: isSecure, security: security, server: server,
                configuration: host.configuration,
                state: host.state,
                connection: ConnectionContext(
                    executor: loop.executor, clock: host.clock, logger: logger))
            if case .webSocket = request.kind {
                let session = WebSocketSession(host: host, loop: loop)
                request.scope.connection.outbox = session.outbox
                self.session = session
            }
            let expectsContinue =
                head.version.minor >= 1 && head.headers["expect"].contains { $0.lowercased() == "100-continue" }
            let exchange = Exchange(
                number: requestCount, scope: request.scope, kind: request.kind,
                body: makeBody(expectsContinue: expectsContinue), response: response, began: host.clock.monotonic)
            exchange.expectsContinue = expectsContinue
            if case .http = request.kind { exchange.stopsDecoder = head.asksForUpgrade }
            current = exchange
            stateSince = loop.second
            giveToTask(exchange)
        } catch {
            answer(error)
        }
    }

    private func makeBody(expectsContinue: Bool) -> RequestBody {
        let eventLoop = loop.loop
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let goOn: @Sendable () -> Void = { eventLoop.run { bound.value.readMore() } }
        let number = requestCount
        let onFirstLook: @Sendable () -> Void = { eventLoop.run { bound.value.sendContinue(number) } }
        return RequestBody(onEmpty: goOn, onFirstLook: expectsContinue ? onFirstLook : nil)
    }

    private func receiveBody(_ bytes: ByteBuffer, _ exchange: Exchange) {
        guard !exchange.isApplicationDone else {
            exchange.discardedBytes += bytes.readableBytes
            guard exchange.discardedBytes > host.configuration.http.discardedBodyBytes else { return }
            release(exchange)
            return closeWhenFlushed(lingering: true)
        }
        if let held = exchange.heldBody { exchange.body.push(held, moreBody: true) }
        exchange.heldBody = bytes
    }

    func pushHeldBody() {
        guard let current, let held = current.heldBody else { return }
        current.heldBody = nil
        if !current.isApplicationDone { current.body.push(held, moreBody: true) }
    }

    /// NIO's decoder reads nothing behind a request that asks for an upgrade. Where we do not take the offer (such as
    /// h2c), the connection goes on as it was (RFC 9110 §7.8), with a new decoder that gets what the old one holds.
    private func replaceDecoder() {
        guard let context else { return }
        let (old, new) = (decoder, Self.makeDecoder(host.configuration.http))
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(new, position: .after(old))
            decoder = new
            pipeline.removeHandler(old).assumeIsolated().whenComplete { _ in self.finishRead() }
        } catch {
            logger.error("a connection cannot go on", metadata: ["error": "\(error)"])
            context.close(promise: nil)
        }
    }

    // MARK: Back-pressure

    /// Whether the socket must not be read now.
    private var isBacklogged: Bool {
        if !pending.isEmpty || session != nil { return true }
        guard let current else { return false }
        return current.body.isWaiting()
    }

    func readMore() {
        guard readPending, !isBacklogged, let context else { return }
        readPending = false
        context.read()
    }
}

extension RequestScope.Refusal {
    init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow: self.init(status: .requestHeaderFieldsTooLarge, reason: "the header is too large")
        case .invalidVersion: self.init(status: .httpVersionNotSupported, reason: "only HTTP/1.0 and 1.1 are spoken")
        default: self.init(status: .badRequest, reason: "the request is not valid HTTP/1.1")
        }
    }
}

extension HTTPRequestHead {
    /// Whether the decoder takes what follows for another protocol, as its parser does.
    fileprivate var asksForUpgrade: Bool {
        headers.contains(name: "upgrade")
            && headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
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
