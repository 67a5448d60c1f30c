// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP2
import SluiceCore
import SluiceWebSocket

/// The stream's task and its end.
extension HTTP2Stream {
    func giveToTask() {
        let bound = NIOLoopBound(self, eventLoop: loop.loop)
        loop.counters.taskStarted()
        task = host.taskLocals.bind {
            Task(executorPreference: executor) {
                await bound.value.run()
                bound.value.loop.counters.taskEnded()
            }
        }
    }

    private func run() async {
        guard let request else { return }
        switch request.kind {
        case .http: await serve(request)
        case .webSocket: await serveWebSocket(request)
        }
    }

    private func serve(_ request: Request) async {
        let sink = HTTPResponseSink(self, number: UInt64(id), executor: loop.executor)
        self.request?.sink = sink
        if isEnded { sink.end() }
        var failure: (any Error)?
        do {
            let first = try host.application(for: request.scope)
            var (scope, receive, send) = (request.scope, Receive<HTTP>(request.body), Send<HTTP>(sink))
            let application = try await first.settled(scope: &scope, receive: &receive, send: &send)
            try await application(scope: scope, receive: receive, send: send)
        } catch {
            failure = error
        }
        applicationReturned(request, failure)
    }

    private func applicationReturned(_ request: Request, _ failure: (any Error)?) {
        isApplicationDone = true
        task = nil
        request.body.discard()
        defer { release() }
        if isEnded { return }
        if let failure { connection.logger.applicationThrew(failure, in: request.scope) }
        if !response.isComplete {
            // Half a response: the client must see that it is not whole.
            guard response.isWaiting else { return reset(.internalError) }
            response.reset()
            answerInstead(request, failure)
        }
        finishIfDone()
    }

    /// Answers for an application that has not.
    private func answerInstead(_ request: Request, _ failure: (any Error)?) {
        if let truncation { return write(truncation) }
        if failure == nil { connection.logger.applicationIsSilent(in: request.scope) }
        let disposition = failure.map { ErrorDisposition(of: $0) } ?? .internalError
        let status = disposition.status
        write(status, disposition.headers, ByteBuffer(string: "\(status.code) \(status.reasonPhrase)\n"))
    }

    /// Lets go of the request: its body's closures hold the stream.
    private func release() {
        guard let request else { return }
        request.sink?.end()
        self.request?.sink = nil
        if let user = request.user {
            self.request?.user = nil
            host.admission.leave(user: user)
        }
        guard host.configuration.accessLog, case .http = request.kind else { return }
        logAccess(request)
    }

    func logAccess(_ request: Request) {
        connection.logger.access(
            request.scope, status: response.status, bodyBytes: response.bodyBytes,
            took: host.clock.monotonic - request.began)
    }

    // MARK: WebSocket

    private func serveWebSocket(_ request: Request) async {
        guard let session else { return }
        session.responder = self
        session.task = task
        await session.serve(request.scope)
        self.session = nil
        isApplicationDone = true
        task = nil
    }

    // MARK: The end

    /// All of the response has been sent. Where the request has not ended, its rest is not wanted (RFC 9113 §8.1).
    func outputEnded() {
        isOutputEnded = true
        finishIfDone()
    }

    func finishIfDone() {
        guard isOutputEnded, isApplicationDone, !isEnded, !isTunnel else { return }
        // Its end may be here already.
        readMore()
        if !isInputEnded, !isEnded { reset(.noError) }
    }

    /// Ends the stream with RST_STREAM, and what waits in it is forgotten.
    func reset(_ code: NIOHTTP2.HTTP2ErrorCode) {
        guard !isEnded, let context else { return }
        end()
        context.write(wrapOutboundOut(.rstStream(code)), promise: nil)
        context.flush()
    }

    /// The connection has said its last word.
    func connectionEnds() {
        end()
    }

    /// The stream is gone, or is about to be.
    func end() {
        guard !isEnded else { return }
        isEnded = true
        request?.body.finish()
        request?.sink?.end()
        session?.end(.abnormal, "")
        wakeWriters()
        cancelTaskLater()
    }

    /// An application that goes on after its client has gone is cancelled after a while.
    private func cancelTaskLater() {
        guard let task, !isTunnel else { return }
        loop.loop.scheduleTask(in: .seconds(Int64(host.configuration.applicationCloseTimeout))) { task.cancel() }
    }

    func cancel() {
        task?.cancel()
    }

    // MARK: Time

    func sweep(second: UInt32) {
        let limits = host.configuration.http
        if isEnded { return }
        if isTunnel { return sweepTunnel(second) }
        if session != nil {
            if second &- lastHeard > host.configuration.webSocket.acceptTimeout { acceptTimedOut() }
            return
        }
        if queuedBytes > 0, second &- progressAt > limits.keepAliveTimeout {
            connection.logger.debug("a client does not read its response")
            return reset(.cancel)
        }
        if let request { checkBody(request, second) }
    }

    /// A body that stops coming, or comes a byte at a time, though it is awaited, is given up.
    private func checkBody(_ request: Request, _ second: UInt32) {
        guard !isInputEnded, truncation == nil, !isApplicationDone else { return }
        let limits = host.configuration.http
        if readPending || !request.body.isLookedAt {
            // It is us who do not listen.
            lastHeard = second
            (rateSince, rateBytes) = (second, receivedBytes)
            return
        }
        let window = second &- rateSince
        var isSlow = second &- lastHeard > limits.keepAliveTimeout
        if limits.bodyRate > 0, window >= limits.bodyRateWindow {
            isSlow = isSlow || receivedBytes - rateBytes < limits.bodyRate * Int(window)
            (rateSince, rateBytes) = (second, receivedBytes)
        }
        guard isSlow else { return }
        // The application is told that no more comes, and may still answer.
        host.limitLog.count(.requestTime)
        truncation = RequestRefusal(.requestTimeout, "the request's body did not come in time")
        request.body.finish()
    }
}
#endif
