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
    let logger: Logger

    var context: ChannelHandlerContext?
    var security: TransportSecurity?
    var sweepIndex = -1

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
    var isDirty = false
    var writers: [Waker] = []

    // How it ends.
    var isEnded = false
    var isClosing = false
    var refusal: RequestScope.Refusal?
    var stateSince: UInt32
    private var readPending = false
    private var hasNewEvents = false

    init(host: ApplicationHost, loop: LoopContext, isSecure: Bool) {
        self.host = host
        self.loop = loop
        self.isSecure = isSecure
        stateSince = loop.second
        var logger = host.logger
        logger[metadataKey: "connection"] = "\(UInt32.random(in: .min ... .max))"
        self.logger = logger
    }

    /// Puts the HTTP/1.1 decoder and the connection at the end of a channel's pipeline.
    func install(on channel: any Channel) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = host.configuration.http.fieldBytes
        limits.maxHeaderListSize = host.configuration.http.headerBytes
        limits.maxHeaderFieldCount = host.configuration.http.fieldCount
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandlers([ByteToMessageHandler(decoder), self])
        let half = host.configuration.outboxBytes / 2
        try? channel.syncOptions?.setOption(
            .writeBufferWaterMark, value: .init(low: max(1, half), high: max(2, host.configuration.outboxBytes)))
    }

    // MARK: The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        if host.isDraining { context.close(promise: nil) }
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
        let part = unwrapInboundIn(data)
        if pending.isEmpty, accept(part) { return }
        pending.append(part)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        pushHeldBody()
        hasNewEvents = false
        loop.executor.drain()
        context.fireChannelReadComplete()
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
            security = TransportSecurity(
                version: tls.version.map { "\($0)" } ?? "", cipherSuite: tls.cipherSuite, serverName: tls.serverName)
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
            if !current.isApplicationDone {
                current.body.push(current.heldBody ?? ByteBuffer(), moreBody: false)
                current.heldBody = nil
            }
            finishIfComplete(current)
            return true
        }
    }

    /// Takes what has waited, until it waits for the application again.
    func acceptPending() {
        while let part = pending.first, accept(part) { pending.removeFirst() }
        if current == nil, pending.isEmpty, let refusal { return answer(refusal) }
        if current == nil, host.isDraining { return closeWhenFlushed() }
        readMore()
    }

    private func begin(_ head: HTTPRequestHead) {
        guard let context else { return }
        requestCount += 1
        let keepAlive = head.isKeepAlive && !host.isDraining
        let response = ResponseEncoder(
            method: HTTPRequest.Method(rawValue: head.method.rawValue) ?? .get, minorVersion: head.version.minor,
            keepAlive: keepAlive)
        do throws(RequestScope.Refusal) {
            var request = try RequestScope(
                head, on: context.channel, isSecure: isSecure, security: security, limits: host.configuration.http,
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
            current = exchange
            stateSince = loop.second
            giveToTask(exchange)
        } catch {
            refuse(error)
        }
    }

    private func makeBody(expectsContinue: Bool) -> RequestBody {
        let eventLoop = loop.loop
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let goOn: @Sendable () -> Void = { eventLoop.run { bound.value.readMore() } }
        let onFirstLook: @Sendable () -> Void = { eventLoop.run { bound.value.sendContinue() } }
        return RequestBody(onEmpty: goOn, onFirstLook: expectsContinue ? onFirstLook : nil)
    }

    private func receiveBody(_ bytes: ByteBuffer, _ exchange: Exchange) {
        guard !exchange.isApplicationDone else {
            exchange.discardedBytes += bytes.readableBytes
            if exchange.discardedBytes > host.configuration.http.discardedBodyBytes { closeWhenFlushed() }
            return
        }
        if let held = exchange.heldBody { exchange.body.push(held, moreBody: true) }
        exchange.heldBody = bytes
    }

    private func pushHeldBody() {
        guard let current, let held = current.heldBody else { return }
        current.heldBody = nil
        if !current.isApplicationDone { current.body.push(held, moreBody: true) }
    }

    /// A request that no application sees: answered when those before it have been.
    private func refuse(_ refusal: RequestScope.Refusal) {
        if let current {
            self.refusal = refusal
            if !current.isRequestComplete {
                current.body.finish()
                current.isRequestComplete = true
            }
            current.response.closeAfterwards()
            finishIfComplete(current)
        } else {
            answer(refusal)
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

    // MARK: The end

    /// The client will send nothing more; it may still read.
    private func inputClosed() {
        guard let current, current.isRequestComplete, session == nil else {
            if let session, !session.isEnded { session.end(.abnormal, "") }
            context?.close(promise: nil)
            return
        }
        current.response.closeAfterwards()
    }

    /// The connection is gone.
    private func end() {
        guard !isEnded else { return }
        isEnded = true
        pending.removeAll()
        if let current {
            current.body.finish()
            session?.end(.abnormal, "")
        }
        wakeWriters()
        taskWaker.wake()
        cancelTaskLater()
    }

    /// An application that goes on after its client has gone is cancelled after a while.
    private func cancelTaskLater() {
        guard let task, current != nil else { return }
        loop.loop.scheduleTask(in: .seconds(Int64(host.configuration.applicationCloseTimeout))) { task.cancel() }
    }

    func sweep(second: UInt32) {
        let waited = second &- stateSince
        if session != nil {
            guard waited > host.configuration.webSocket.acceptTimeout else { return }
            return acceptTimedOut()
        }
        if isClosing {
            if waited > 2 { context?.close(promise: nil) }
            return
        }
        guard current == nil else { return }
        if requestCount == 0, waited > host.configuration.http.headerTimeout {
            answer(RequestScope.Refusal(status: .requestTimeout, reason: "the request did not come in time"))
        } else if waited > max(host.configuration.http.keepAliveTimeout, host.configuration.http.headerTimeout) {
            closeWhenFlushed()
        }
    }

    func drain() {
        if let current {
            current.response.closeAfterwards()
        } else {
            closeWhenFlushed()
        }
    }

    func abort() {
        context?.close(promise: nil)
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
