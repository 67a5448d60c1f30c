// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP2
import SluiceCore
import SluiceWebSocket

/// What a stream writes: responses of applications and its own refusals, flushed once a turn.
extension HTTP2Stream: ResponseWriter {
    /// What a stream may queue however much the others have queued.
    private static let ownShare = 16 << 10

    func send(_ event: HTTP.Outbound, number: UInt64, waits: Bool) throws -> Bool {
        guard !isEnded, context != nil else { throw SendError.connectionClosed }
        if waits, !hasRoom { return false }
        try response.encode(event, date: loop.httpDate(host.clock), serverName: host.configuration.serverName) {
            write($0)
        }
        return true
    }

    func fail(_ error: any Error, number: UInt64) {
        guard !isEnded else { return }
        connection.logger.error("a response failed", metadata: ["error": "\(error)"])
        reset(.internalError)
    }

    /// Whether an application may write now: its stream and, beyond a share of its own, all streams together are within
    /// the budget of one client.
    var hasRoom: Bool {
        let budget = host.configuration.outboxBytes
        return queuedBytes < min(Self.ownShare, budget) || queuedBytes < budget && connection.queuedBytes < budget
    }

    func isWritable(orWake waker: Waker) throws -> Bool {
        guard !isEnded, context != nil else { throw SendError.connectionClosed }
        if hasRoom { return true }
        writers.append(waker)
        return false
    }

    func wakeIfRoom() {
        if isTunnel, hasRoom { context?.fireChannelWritabilityChanged() }
        if !writers.isEmpty, hasRoom { wakeWriters() }
    }

    func wakeWriters() {
        let wakers = writers
        writers = []
        for waker in wakers { waker.wake() }
    }

    /// Answers a request that no application has seen.
    func answer(_ refusal: RequestRefusal) {
        connection.logger.debug(
            "a request was refused", metadata: ["status": "\(refusal.status.code)", "reason": "\(refusal.reason)"])
        isApplicationDone = true
        if let limit = refusal.limit { host.limitLog.count(limit) }
        write(refusal)
    }

    func write(_ refusal: RequestRefusal) {
        write(refusal.status, refusal.headers, ByteBuffer(string: "\(refusal.status.code) \(refusal.reason)\n"))
    }

    func write(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer) {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "text/plain; charset=utf-8" }
        let (date, name) = (loop.httpDate(host.clock), host.configuration.serverName)
        do {
            try response.encode(.responseStart(status: status, headers: headers), date: date, serverName: name) {
                write($0)
            }
            try response.encode(.responseBody(body, moreBody: false), date: date, serverName: name) { write($0) }
        } catch {
            connection.logger.error("a response could not be written", metadata: ["error": "\(error)"])
            reset(.internalError)
        }
    }

    func write(_ payload: HTTP2Frame.FramePayload, promise: EventLoopPromise<Void>? = nil) {
        guard let context else { return }
        if case .data(let frame) = payload { queue(frame.data.readableBytes) }
        context.write(wrapOutboundOut(payload), promise: promise)
        guard !isDirty else { return }
        isDirty = true
        connection.markDirty(self)
    }

    func flushNow() {
        isDirty = false
        context?.flush()
    }
}
#endif
