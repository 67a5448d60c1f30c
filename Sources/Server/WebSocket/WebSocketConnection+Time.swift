// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import SluiceTLS
import SluiceWebSocket

/// What the connection's loop looks at every second, and when the server stops.
extension WebSocketConnection {
    var isLasting: Bool { true }

    func drain() {
        close(.serviceRestart, reason: "")
    }

    func abort() {
        session.task?.cancel()
        loop.close(context)
    }

    func shed() {
        close(.tryAgainLater, reason: "", abrupt: true)
        // What it holds is wanted now, not when the client has answered.
        closesAfterFlush = true
    }

    var heldBytes: Int {
        (mayHavePending ? queuedBytes - drainedBytes : 0) + decoder.storageCapacity + (tls?.heldBytes ?? 0)
    }

    func secondsBehind(_ second: UInt32) -> UInt32 {
        second &- (mayHavePending ? progressAt : lastHeard)
    }

    func sweep(second: UInt32) {
        guard let context else { return }
        if let closeStarted {
            if second &- closeStarted > host.configuration.webSocket.closeTimeout { loop.close(context) }
            return
        }
        checkStall(context, second)
        checkAlive(context, second)
        checkMessage(second)
        checkAge(second)
    }

    /// Ends what a client has begun to say and does not finish: its bytes would keep it alive, and what they fill, for
    /// ever.
    private func checkMessage(_ second: UInt32) {
        // What waits here for the application is not late.
        guard decoder.isUnfinished, !readPending else { return messageTime.restart() }
        guard messageTime.exceeds(host.configuration.webSocket.messageTimeout, in: second) else { return }
        host.limitLog.count(.messageTime)
        close(.policyViolation, reason: "the message took too long")
    }

    /// Ends what has lasted, or said nothing, for too long.
    private func checkAge(_ second: UInt32) {
        let limits = host.configuration.webSocket
        // A message that the application has not taken yet is no silence.
        if readPending { lastMessage = second }
        if limits.lifetime > 0, second &- began >= limits.lifetime {
            close(.goingAway, reason: "the connection has lasted for its time")
        } else if limits.idleTimeout > 0, second &- lastMessage >= limits.idleTimeout {
            close(.goingAway, reason: "idle")
        }
    }

    /// Finds clients that do not read: nothing of what is queued went out for a while.
    private func checkStall(_ context: ChannelHandlerContext, _ second: UInt32) {
        guard mayHavePending else { return }
        let pending =
            tunnel?.bufferedBytes ?? (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        // What went out, not what is left: a queue that grows is no sign of a client that does not read. Under TLS a
        // little more is pending than was queued, always by the same kind of records, so the difference still grows.
        let drained = queuedBytes - pending
        if pending == 0 || drained > drainedBytes { progressAt = second }
        drainedBytes = drained
        if pending == 0 { mayHavePending = false }
        let stalled = pending > 0 && second &- progressAt >= host.configuration.webSocket.stallTimeout
        session.outbox.setPressure(stalled ? .stalled : isWritable ? .none : .full)
    }

    /// Finds clients that have gone without a word (RFC 6455 §5.5.2).
    private func checkAlive(_ context: ChannelHandlerContext, _ second: UInt32) {
        let limits = host.configuration.webSocket
        guard limits.pingInterval > 0 else { return }
        if readPending {
            // It is us who do not listen.
            lastHeard = second
            pingedAt = nil
            return
        }
        if let pingedAt {
            if second &- pingedAt > limits.pingTimeout { loop.close(context) }
        } else if second &- lastHeard >= limits.pingInterval {
            pingedAt = second
            encoder.writePing(into: &out)
            needsFlush()
        }
    }
}
