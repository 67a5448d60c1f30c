// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import NIOCore
import NIOHTTP2
import SluiceTLS

/// Time-outs, pings and the server's stop.
extension HTTP2Connection {
    func sweep(second: UInt32) {
        let limits = host.configuration.http
        let waited = second &- stateSince
        if isClosing {
            if waited > 2 { loop.close(context) }
            return
        }
        if host.isDraining, leaving == .no { drain() }
        if !hasSettings {
            if waited > limits.headerTimeout { end(.noError, "the preface did not come in time") }
            return
        }
        if !hasAcknowledgement, waited > limits.headerTimeout, streams.isEmpty {
            return end(.settingsTimeout, "the settings were not acknowledged in time")
        }
        if let headersSince, second &- headersSince > limits.headerTimeout {
            return end(.enhanceYourCalm, "a header block did not come in time")
        }
        if leaving == .announced, waited > 1 { refuseStreams() }
        if streams.isEmpty {
            if waited > max(limits.keepAliveTimeout, limits.headerTimeout) { end(.noError, "idle") }
            return
        }
        // A copy: streams that end leave the list.
        for stream in Array(streams.values) { stream.sweep(second: second) }
        checkAlive(second)
    }

    /// Finds clients that have gone without a word.
    private func checkAlive(_ second: UInt32) {
        let limits = host.configuration.http2
        guard limits.pingInterval > 0 else { return }
        if let pingedAt {
            if second &- pingedAt > limits.pingTimeout { loop.close(context) }
        } else if second &- lastHeard >= limits.pingInterval {
            pingedAt = second
            write(.ping(HTTP2PingData(), ack: false))
        }
    }

    /// Announces the end (RFC 9113 §6.8); the answer to a ping says that the client knows.
    func drain() {
        guard leaving == .no, !isClosing else { return }
        leaving = .announced
        stateSince = loop.second
        // NIO's handler would refuse streams from its first GOAWAY on.
        writeGoAway(.max, .noError)
        write(.ping(HTTP2PingData(), ack: false))
    }

    /// No more streams; the connection is closed behind the last one.
    func refuseStreams() {
        guard leaving == .announced, let context else { return }
        leaving = .refusing
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        // Behind what is being read now.
        context.eventLoop.execute {
            let connection = bound.value
            connection.write(
                .goAway(lastStreamID: HTTP2StreamID(connection.lastStream), errorCode: .noError, opaqueData: nil))
        }
    }

    var isLasting: Bool { false }

    /// What WebSockets hold is counted with them.
    var heldBytes: Int {
        streams.values.reduce(tls?.heldBytes ?? 0) {
            $0 + ($1.isTunnel ? 0 : $1.queuedBytes + ($1.request?.body.waitingBytes ?? 0))
        }
    }

    func secondsBehind(_ second: UInt32) -> UInt32 {
        streams.values.reduce(second &- lastHeard) { max($0, $1.queuedBytes > 0 ? second &- $1.progressAt : 0) }
    }

    func shed() {
        loop.close(context)
    }

    func abort() {
        for stream in streams.values { stream.cancel() }
        loop.close(context)
    }

    /// Gives NIO's handler a frame for the connection itself.
    private func write(_ payload: HTTP2Frame.FramePayload) {
        guard let context, !isClosing else { return }
        context.pipeline.syncOperations.writeAndFlush(
            NIOAny(HTTP2Frame(streamID: .rootStream, payload: payload)), promise: nil)
    }
}
#endif
