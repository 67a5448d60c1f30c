// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import Logging
import NIOCore
import NIOHPACK
import NIOHTTP2
import SluiceCore
import SluiceWebSocket

/// One stream of an HTTP/2 connection, in its own channel: one request and its response, served by one task on the
/// connection's event loop. What the application does not take is not read, so that the stream's window stays shut.
///
/// After extended CONNECT (RFC 8441) it is the tunnel of a WebSocket, which stands behind it in the pipeline.
final class HTTP2Stream: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// A request that has reached the application.
    struct Request {
        let scope: Scope
        let kind: RequestScope.Kind
        let body: RequestBody
        let began: Duration
        /// Whom the request is counted for.
        var user: String?
        var sink: HTTPResponseSink?
        var expectsContinue = false
    }

    let connection: HTTP2Connection
    private(set) var id: Int32 = 0
    var context: ChannelHandlerContext?

    // What is served.
    var request: Request?
    var session: WebSocketSession?
    var isTunnel = false
    var task: Task<Void, Never>?
    /// What runs the stream's task.
    private(set) lazy var executor = ConnectionExecutor(loop.executor)
    /// Whether the application has returned.
    var isApplicationDone = false
    /// Why the body broke off, to be answered if the application does not.
    var truncation: RequestRefusal?

    // What is read.
    var isInputEnded = false
    var readPending = false
    var lastHeard: UInt32
    private(set) var receivedBytes = 0
    /// Since when, and from which number of bytes on, the body's rate is measured.
    var rateSince: UInt32
    var rateBytes = 0

    // What is written.
    var response: HTTP2ResponseEncoder
    var writers: [Waker] = []
    var isDirty = false
    /// Bytes of DATA that have not reached the socket.
    private(set) var queuedBytes = 0
    private(set) var progressAt: UInt32
    var isOutputEnded = false

    // How it ends.
    var isEnded = false
    var closeStarted: UInt32?

    init(of connection: HTTP2Connection) {
        self.connection = connection
        response = HTTP2ResponseEncoder(method: .get)
        lastHeard = connection.loop.second
        progressAt = connection.loop.second
        rateSince = connection.loop.second
    }

    var host: ApplicationHost { connection.host }
    var loop: LoopContext { connection.loop }

    // MARK: The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let streamID = try? context.channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID)
        id = streamID.map { Int32($0) } ?? 0
        connection.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastHeard = loop.second
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            if frame.endStream { isInputEnded = true }
            if request == nil, !isEnded { begin(frame.headers) } else { receiveTrailers(frame.headers) }
        case .data(let frame):
            connection.tookData(id)
            if frame.endStream { isInputEnded = true }
            guard case .byteBuffer(let bytes) = frame.data else { return }
            isTunnel ? receiveTunneled(bytes, context) : receiveBody(bytes)
        default:
            break
        }
    }

    func read(context: ChannelHandlerContext) {
        if isBacklogged {
            readPending = true
        } else {
            context.read()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        connection.remove(self)
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        wakeIfRoom()
        context.fireChannelWritabilityChanged()
    }

    /// The stream was reset or the connection is lost; its end follows.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    // MARK: The request

    private func begin(_ headers: HPACKHeaders) {
        if connection.refusesStream() { return reset(.refusedStream) }
        do throws(HTTP2Request.Refusal) {
            let request = try HTTP2Request(headers, limits: host.configuration.http)
            try admit(request)
            giveToTask()
        } catch {
            switch error {
            case .malformed(let reason): refuseMalformed(reason)
            case .refused(let refusal): answer(refusal)
            }
        }
    }

    private func admit(_ parts: HTTP2Request) throws(HTTP2Request.Refusal) {
        do throws(RequestRefusal) {
            var request = try RequestScope(
                parts.kind, version: "2", method: parts.method, target: parts.target, fields: parts.fields,
                isSecure: connection.isSecure, security: connection.security, client: connection.client,
                server: connection.server, peer: connection.peer, prepare: connection.prepare,
                configuration: host.configuration, state: host.state,
                connection: ConnectionContext(
                    executor: executor, clock: host.clock, logger: host.logger, id: connection.id))
            let user = try host.admit(request)
            if case .webSocket = request.kind {
                // It looks to its application as it does over HTTP/1.1.
                request.scope.method = .get
                let session = WebSocketSession(host: host, loop: loop)
                request.scope.connection.outbox = session.outbox
                self.session = session
                if let user { session.outbox.onEnd { [admission = host.admission] in admission.leave(user: user) } }
            }
            executor.serves(request.scope)
            response = HTTP2ResponseEncoder(method: parts.method)
            let expectsContinue =
                !isInputEnded && parts.fields[values: .expect].contains { $0.lowercased() == "100-continue" }
            self.request = Request(
                scope: request.scope, kind: request.kind, body: makeBody(expectsContinue: expectsContinue),
                began: host.clock.monotonic, user: session == nil ? user : nil, expectsContinue: expectsContinue)
        } catch {
            throw .refused(error)
        }
    }

    private func makeBody(expectsContinue: Bool) -> RequestBody {
        if isInputEnded { return RequestBody() }
        let eventLoop = loop.loop
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let goOn: @Sendable () -> Void = { eventLoop.run { bound.value.readMore() } }
        let onFirstLook: @Sendable () -> Void = {
            eventLoop.run {
                bound.value.readMore()
                if expectsContinue { bound.value.sendContinue() }
            }
        }
        return RequestBody(onEmpty: goOn, onFirstLook: onFirstLook)
    }

    private func receiveBody(_ bytes: ByteBuffer) {
        receivedBytes += bytes.readableBytes
        guard let request, !isApplicationDone, bytes.readableBytes > 0 || isInputEnded else { return }
        request.body.push(bytes, moreBody: !isInputEnded)
    }

    private func receiveTrailers(_ headers: HPACKHeaders) {
        guard let request else { return }
        do throws(HTTP2Request.Refusal) {
            try HTTP2Request.checkTrailers(headers, limits: host.configuration.http)
            request.body.push(ByteBuffer(), moreBody: false)
        } catch {
            refuseMalformed("the trailers are not valid")
        }
    }

    private func refuseMalformed(_ reason: String) {
        connection.logger.debug("a request was malformed", metadata: ["reason": "\(reason)"])
        reset(.protocolError)
    }

    /// Asks for the body of a request, unless it comes already.
    private func sendContinue() {
        guard !isEnded, !isInputEnded, receivedBytes == 0, response.isWaiting else { return }
        write(.headers(.init(headers: [":status": "100"])))
    }

    // MARK: Back-pressure

    private var isBacklogged: Bool {
        if isTunnel { return false }
        if session != nil { return true }
        guard let request, !isApplicationDone, !isEnded else { return false }
        // Whatever is read opens the window again, so nothing is before it is asked for.
        return !request.body.isLookedAt || request.body.isWaiting()
    }

    func readMore() {
        guard readPending, !isBacklogged, let context else { return }
        readPending = false
        context.read()
    }

    /// Counts bytes of DATA that go into the channel.
    func queue(_ count: Int) {
        if queuedBytes == 0 { progressAt = loop.second }
        queuedBytes += count
        connection.queued(count)
    }

    /// Bytes of DATA have reached the socket.
    ///
    /// - Returns: how many of them had been counted.
    func left(_ count: Int) -> Int {
        let counted = min(count, queuedBytes)
        queuedBytes -= counted
        progressAt = loop.second
        return counted
    }
}
#endif
