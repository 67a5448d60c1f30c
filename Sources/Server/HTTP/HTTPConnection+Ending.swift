// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
import SluiceCore

/// How a connection ends: by the client, by an error, by a time-out or because the server stops.
extension HTTPConnection {
    // MARK: Refusals

    /// The decoder can read no more: answered when everything before it has been.
    func refuse(_ refusal: RequestScope.Refusal) {
        guard !isClosing, self.refusal == nil else { return }
        self.refusal = refusal
        settleRefusal()
    }

    /// Answers what the decoder could not read, as soon as nothing stands before it.
    func settleRefusal() {
        guard let refusal, pending.isEmpty else { return }
        guard let current else { return answer(refusal) }
        guard !current.isRequestComplete, !current.isTruncated else { return }
        // It lies in the body of this request, whose application is told that no more comes and may still answer.
        pushHeldBody()
        current.isTruncated = true
        current.body.finish()
        current.response.closeAfterwards()
        finishIfComplete(current)
        giveUpLater()
    }

    // MARK: The client

    /// The client will send nothing more; it may still read (RFC 9112 §9.6), or have gone: nobody can tell before
    /// something is written. The application is told that it has gone, and what it answers all the same is sent.
    func inputClosed() {
        isInputClosed = true
        if let session {
            session.end(.abnormal, "")
            context?.close(promise: nil)
            return
        }
        guard let current else {
            // Idle, or lingering: then this is what was waited for. What is not written yet still is.
            if !isClosing { return closeWhenFlushed() }
            if isFlushed { context?.close(promise: nil) }
            return
        }
        guard refusal == nil else { return }  // the decoder has said so before
        guard current.isRequestComplete else {
            context?.close(promise: nil)
            return
        }
        current.body.finish()
        if pending.isEmpty { current.response.closeAfterwards() }
        finishIfComplete(current)
        giveUpLater()
    }

    /// Ends the connection when its client has said the last word and the application writes nothing for a while.
    private func giveUpLater() {
        guard let current else { return }
        let (number, written) = (current.number, current.response.bodyBytes)
        let limit = TimeAmount.seconds(Int64(host.configuration.applicationCloseTimeout))
        loop.loop.assumeIsolated().scheduleTask(in: limit) { [weak self] in
            guard let self, let current = self.current, current.number == number else { return }
            guard current.response.bodyBytes == written else { return self.giveUpLater() }
            self.task?.cancel()
            self.context?.close(promise: nil)
        }
    }

    /// The connection is gone.
    func end() {
        guard !isEnded else { return }
        isEnded = true
        pending.removeAll()
        refusal = nil
        if let current {
            current.body.finish()
            current.sink?.end()
            session?.end(.abnormal, "")
            if current.isApplicationDone { release(current) }
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

    // MARK: Time

    func sweep(second: UInt32) {
        let limits = host.configuration.http
        let waited = second &- stateSince
        if session != nil {
            guard waited > host.configuration.webSocket.acceptTimeout else { return }
            return acceptTimedOut()
        }
        if isClosing, isFlushed {
            if waited > 2 { context?.close(promise: nil) }
            return
        }
        if isClosing || current != nil { checkProgress(second) }
        if isClosing { return }
        if host.isDraining, isFresh, waited > Self.firstRequestGrace { return closeWhenFlushed() }
        if let current {
            return checkBody(current, silent: second &- lastHeard)
        }
        if requestCount == 0, waited > limits.headerTimeout {
            answer(RequestScope.Refusal(status: .requestTimeout, reason: "the request did not come in time"))
        } else if waited > max(limits.keepAliveTimeout, limits.headerTimeout) {
            closeWhenFlushed()
        }
    }

    /// A body that stops coming, though it is awaited, is given up.
    private func checkBody(_ current: Exchange, silent: UInt32) {
        guard !current.isRequestComplete, !current.isTruncated, silent > host.configuration.http.keepAliveTimeout,
            !readPending, !current.awaitsContinue
        else { return }
        refuse(RequestScope.Refusal(status: .requestTimeout, reason: "the request's body did not come in time"))
    }

    /// A client that does not read is given up: nothing of what is queued for it went out for a while.
    private func checkProgress(_ second: UInt32) {
        let buffered = (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if buffered == 0 || buffered != bufferedBytes { progressAt = second }
        bufferedBytes = buffered
        guard second &- progressAt > host.configuration.http.keepAliveTimeout else { return }
        logger.debug("a client does not read its response")
        context?.close(promise: nil)
    }

    // MARK: The server

    func drain() {
        if let current {
            current.response.closeAfterwards()
            finishIfComplete(current)
        } else if !isFresh {
            closeWhenFlushed()
        }
    }

    /// Whether nothing has come yet: a request may be on its way, and nobody else will serve it.
    private var isFresh: Bool { requestCount == 0 && current == nil }

    /// Seconds that a connection without any request is kept when the server stops.
    private static let firstRequestGrace: UInt32 = 1

    func abort() {
        task?.cancel()
        context?.close(promise: nil)
    }

    /// Ends the connection behind what has been written.
    ///
    /// - Parameter lingering: the client may be sending still; closing at once would reset the connection and could
    ///   take the response with it (RFC 9112 §9.6), so only our side is closed, and the rest two seconds later.
    func closeWhenFlushed(lingering: Bool = false) {
        guard !isClosing, !isEnded, let context else { return }
        let lingers = (lingering || readPending || !pending.isEmpty) && !isInputClosed
        isClosing = true
        pending.removeAll()
        refusal = nil
        flushNow()
        // In front of the decoder, which would keep or complain about what it gets now.
        if lingers { try? context.pipeline.syncOperations.addHandler(DiscardHandler(), position: .before(decoder)) }
        // A channel that is closed forgets what it has not written.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.flushed(lingers: lingers) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        readMore()
    }

    private func flushed(lingers: Bool) {
        guard !isEnded else { return }
        isFlushed = true
        stateSince = loop.second
        context?.close(mode: lingers && !isInputClosed ? .output : .all, promise: nil)
    }
}

/// Throws away what a client still says when the server has said its last word.
private final class DiscardHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
