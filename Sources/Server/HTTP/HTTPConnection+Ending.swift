// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
import SluiceCore
import SluiceTLS

/// How a connection ends: by the client, by an error, by a time-out or because the server stops.
extension HTTPConnection {
    // MARK: Refusals

    /// Nothing more can be read: a head is answered, in the body of a request the application is told that no more comes.
    /// It may still answer.
    func refuse(_ refusal: RequestRefusal) {
        guard !isClosing, self.refusal == nil else { return }
        guard let current else { return answer(refusal) }
        self.refusal = refusal
        if let limit = refusal.limit { host.limitLog.count(limit) }
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
            loop.close(context)
            return
        }
        guard let current else {
            if isCongested, !isClosing, decoder.unreadBytes > 0 {
                // What it has asked for is answered when it reads on.
            } else if isClosing {
                // Lingering: this is what was waited for. What is not written yet still is.
                if isFlushed { loop.close(context) }
            } else if decoder.isInHead {
                refuse(.malformed("the request broke off"))
            } else {
                closeWhenFlushed()
            }
            return
        }
        guard refusal == nil else { return }  // it has been told before
        guard current.isRequestComplete else { return refuse(.malformed("the request's body broke off")) }
        current.body.finish()
        if decoder.unreadBytes == 0 { current.response.closeAfterwards() }
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
            loop.close(context)
        }
    }

    /// The connection is gone.
    func end() {
        guard !isEnded else { return }
        isEnded = true
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
            if waited > 2 { loop.close(context) }
            return
        }
        if mayHaveBuffered { checkProgress(second) }
        if isClosing { return }
        if host.isDraining, isFresh, waited > Self.firstRequestGrace { return closeWhenFlushed() }
        if let current {
            return checkBody(current, second)
        }
        if isCongested { return }
        if isInHead || requestCount == 0 {
            guard waited > limits.headerTimeout else { return }
            answer(RequestRefusal(.requestTimeout, "the request did not come in time"))
        } else if waited > limits.keepAliveTimeout {
            closeWhenFlushed()
        }
    }

    /// A body that stops coming, or comes a byte at a time, though it is awaited, is given up.
    private func checkBody(_ current: Exchange, _ second: UInt32) {
        guard !current.isRequestComplete, !current.isTruncated else { return }
        let limits = host.configuration.http
        if readPending || current.awaitsContinue {
            // It is us who do not listen.
            lastHeard = second
            (current.rateSince, current.rateBytes) = (second, current.receivedBytes)
            return
        }
        let window = second &- current.rateSince
        var isSlow = second &- lastHeard > limits.keepAliveTimeout
        if limits.bodyRate > 0, window >= limits.bodyRateWindow {
            isSlow = isSlow || current.receivedBytes - current.rateBytes < limits.bodyRate * Int(window)
            (current.rateSince, current.rateBytes) = (second, current.receivedBytes)
        }
        if isSlow { refuse(RequestRefusal(.requestTimeout, "the request's body did not come in time")) }
    }

    /// A client that does not read is given up: nothing of what is queued for it went out for a while.
    private func checkProgress(_ second: UInt32) {
        let buffered = (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if buffered == 0 || buffered != bufferedBytes { progressAt = second }
        bufferedBytes = buffered
        mayHaveBuffered = buffered > 0
        guard second &- progressAt > host.configuration.http.keepAliveTimeout else { return }
        logger.debug("a client does not read its response")
        loop.close(context)
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
        loop.close(context)
    }

    var heldBytes: Int {
        bufferedBytes + decoder.unreadBytes + (current?.body.waitingBytes ?? 0) + (tls?.heldBytes ?? 0)
    }

    func secondsBehind(_ second: UInt32) -> UInt32 {
        second &- (bufferedBytes > 0 ? progressAt : lastHeard)
    }

    func shed() {
        loop.close(context)
    }

    /// Ends the connection behind what has been written.
    ///
    /// - Parameter lingering: the client may be sending still; closing at once would reset the connection and could
    ///   take the response with it (RFC 9112 §9.6), so only our side is closed, and the rest two seconds later.
    func closeWhenFlushed(lingering: Bool = false) {
        guard !isClosing, !isEnded, let context else { return }
        let lingers = (lingering || readPending || decoder.unreadBytes > 0) && !isInputClosed
        isClosing = true
        refusal = nil
        _ = decoder.takeRest()
        flushNow()
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
        loop.close(context, mode: lingers && !isInputClosed ? .output : .all)
    }
}
