// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore

/// Lets a listener rest for a moment when a connection cannot be accepted, as without descriptors or memory left.
///
/// NIO's `AcceptBackoffHandler` puts off the next `read()` only, while the one that failed is still pending: the loop
/// would come back to it at once, for ever. Here the socket is not looked at meanwhile; clients wait in its backlog.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    static let pause = TimeAmount.milliseconds(200)

    private let limitLog: LimitLog
    private let logger: Logger
    private var isPaused = false

    init(_ host: ApplicationHost) {
        limitLog = host.limitLog
        logger = host.logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        logger.debug("a connection could not be accepted", metadata: ["error": "\(error)"])
        limitLog.count(.descriptors)
        guard !isPaused, let options = context.channel.syncOptions else { return }
        isPaused = true
        // A listener that is closed meanwhile has no options to set, and needs none.
        try? options.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isPaused = false
            try? options.setOption(.autoRead, value: true)
        }
    }
}
