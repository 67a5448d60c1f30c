// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
import SluiceCore

/// What the connection writes: responses of applications and its own refusals, flushed once a turn.
extension HTTPConnection: ResponseWriter {
    func send(_ event: HTTP.Outbound, number: UInt64, waits: Bool) throws -> Bool {
        guard !isEnded, !isClosing, let context else { throw SendError.connectionClosed }
        guard let exchange = current, exchange.number == number else {
            throw SendError(.wrongState, "the response is complete")
        }
        if waits, !hasRoom { return false }
        if exchange.response.isWaiting { closeBehindUnreadBody(exchange) }
        let before = out.readableBytes
        // The application's clock is asked before `response` and `out` are held, whose accesses nobody watches.
        let date = exchange.response.writesHead(event) ? loop.httpDate(host.clock) : ""
        let large = try exchange.response.encode(
            event, into: &out, date: date, serverName: host.configuration.serverName)
        turnBytes += out.readableBytes - before
        if let large {
            turnBytes += large.large.readableBytes
            context.write(wrapOutboundOut(out), promise: nil)
            context.write(wrapOutboundOut(large.large), promise: nil)
            out = ByteBuffer(staticString: large.tail)
        }
        markDirty()
        finishIfComplete(exchange)
        return true
    }

    /// A body that nobody has asked for: rather than wait for all of it, the connection is closed behind the response,
    /// and the response says so. Always so where the client waits for 100 (RFC 9110 §10.1.1): it may leave the body out.
    private func closeBehindUnreadBody(_ exchange: Exchange) {
        guard !exchange.isRequestComplete, !exchange.body.isLookedAt else { return }
        let length = exchange.scope.headers[.contentLength].flatMap { Int($0) } ?? 0
        if exchange.expectsContinue || length > host.configuration.http.discardedBodyBytes {
            exchange.response.closeAfterwards()
        }
    }

    func fail(_ error: any Error, number: UInt64) {
        guard let current, current.number == number, !isEnded else { return }
        logger.error("a response failed", metadata: ["error": "\(error)"])
        loop.close(context)
    }

    /// Whether an application may write now: the client reads, and in this turn of the loop the others have not had
    /// to wait for too long.
    private var hasRoom: Bool {
        turnBytes < host.configuration.outboxBytes && context?.channel.isWritable ?? false
    }

    func isWritable(orWake waker: Waker) throws -> Bool {
        guard !isEnded, context != nil else { throw SendError.connectionClosed }
        if hasRoom { return true }
        writers.append(waker)
        return false
    }

    func wakeWriters() {
        let wakers = writers
        writers = []
        for waker in wakers { waker.wake() }
    }

    /// Asks for the body of a request, unless it is there already.
    func sendContinue(_ number: UInt64) {
        guard let current, current.number == number, !current.isRequestComplete, current.receivedBytes == 0,
            current.response.isWaiting, !isEnded
        else { return }
        out.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        markDirty()
    }

    /// A plain answer for an error that no middleware has made a page of.
    func writeError(_ disposition: ErrorDisposition, _ exchange: Exchange) {
        let body = ByteBuffer(string: "\(disposition.status.code) \(disposition.status.reasonPhrase)\n")
        closeBehindUnreadBody(exchange)
        write(disposition.status, disposition.headers, body, to: &exchange.response)
        if session != nil { exchange.isApplicationDone = true }
    }

    /// Answers a request that no application has seen, and ends the connection.
    func answer(_ refusal: RequestRefusal) {
        self.refusal = nil
        var response = ResponseEncoder(method: .get, minorVersion: 1, keepAlive: false)
        write(refusal, to: &response)
        if let limit = refusal.limit { host.limitLog.count(limit) }
        logger.debug(
            "a request was refused", metadata: ["status": "\(refusal.status.code)", "reason": "\(refusal.reason)"])
        closeWhenFlushed(lingering: true)
    }

    func write(_ refusal: RequestRefusal, to response: inout ResponseEncoder) {
        let body = ByteBuffer(string: "\(refusal.status.code) \(refusal.reason)\n")
        write(refusal.status, refusal.headers, body, to: &response)
    }

    func write(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer, to response: inout ResponseEncoder
    ) {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "text/plain; charset=utf-8" }
        let (date, name) = (loop.httpDate(host.clock), host.configuration.serverName)
        do {
            _ = try response.encode(
                .responseStart(status: status, headers: headers), into: &out, date: date, serverName: name)
            if let large = try response.encode(
                .responseBody(body, moreBody: false), into: &out, date: date, serverName: name)
            {
                out.writeImmutableBuffer(large.large)
                out.writeStaticString(large.tail)
            }
        } catch {
            logger.error("a response could not be written", metadata: ["error": "\(error)"])
            response.closeAfterwards()
        }
        markDirty()
    }

    // MARK: Flushing

    private func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        loop.executor.markDirty(self)
    }

    /// Flushes what was written in this turn; those who had to wait for the next one go on.
    func flushNow() {
        isDirty = false
        turnBytes = 0
        if !mayHaveBuffered {
            mayHaveBuffered = true
            progressAt = loop.second
        }
        guard let context else { return }
        if out.readableBytes > 0 {
            context.write(wrapOutboundOut(out), promise: nil)
            out = ByteBuffer()
        }
        context.flush()
        if !writers.isEmpty, hasRoom { wakeWriters() }
    }
}
