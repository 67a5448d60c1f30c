// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// Tells a client that it is one too many, and goes: 503, then a moment in which the client can read it.
///
/// What the client says is not even parsed. Since a refused connection takes a descriptor all the same, only a few may
/// stay for that moment; the others are closed without a word.
final class RefusedConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How many are told at once.
    static let limit = 32
    private static let patience = TimeAmount.seconds(1)
    private static let answer: StaticString = """
        HTTP/1.1 503 Service Unavailable\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Length: 24\r
        Retry-After: 1\r
        Connection: close\r
        \r
        503 Service Unavailable

        """

    /// Those that are being told.
    final class Count: Sendable {
        private let count = Atomic<Int>(0)

        func enter() -> Bool {
            guard count.add(1, ordering: .relaxed).newValue <= limit else {
                leave()
                return false
            }
            return true
        }

        func leave() { count.subtract(1, ordering: .relaxed) }
    }

    private let count: Count
    private var isTold = false

    init(_ count: Count) {
        self.count = count
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { tell(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        count.leave()
    }

    func channelActive(context: ChannelHandlerContext) {
        tell(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func tell(_ context: ChannelHandlerContext) {
        guard !isTold else { return }
        isTold = true
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: Self.answer)), promise: nil)
        context.close(mode: .output, promise: nil)
        context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    }
}
