// SPDX-License-Identifier: Apache-2.0

import DequeModule
import NIOCore

/// One connection to a server: commands are pipelined, answers come in their order, pushes on their own.
///
/// All of it is used on its event loop alone.
final class RedisConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Answer = (Result<RESPValue, RedisError>) -> Void

    private struct Pending {
        var answer: Answer?
        var sent: NIODeadline
        var timeout: TimeAmount
    }

    private var parser = RESPParser()
    private var pending = Deque<Pending>()
    private var context: ChannelHandlerContext?
    private var needsFlush = false
    private var failure: RedisError?
    private let onPush: ([RESPValue]) -> Void
    private let onClose: (RedisError) -> Void
    /// When the last bytes came.
    private(set) var lastHeard = NIODeadline.now()

    init(onPush: @escaping ([RESPValue]) -> Void, onClose: @escaping (RedisError) -> Void) {
        self.onPush = onPush
        self.onClose = onClose
    }

    /// How long the oldest command has been waiting for its answer.
    var silence: TimeAmount {
        guard let first = pending.first else { return .zero }
        // A pipeline that moves is not silent, however long it is.
        return .now() - max(first.sent, lastHeard)
    }

    var isIdle: Bool { pending.isEmpty }

    /// Sends a command; it leaves with all others of this turn of the event loop.
    ///
    /// - Parameter timeout: until when an answer counts; a late one is dropped. A command without an answer (subscribing)
    ///   has `answer` nil.
    func send(_ command: RedisCommand, timeout: TimeAmount, answer: Answer?) {
        guard let context, failure == nil else {
            answer?(.failure(failure ?? RedisError(.connection, "there is no connection")))
            return
        }
        if let answer { pending.append(Pending(answer: answer, sent: .now(), timeout: timeout)) }
        context.write(Self.wrapOutboundOut(command.encoded), promise: nil)
        guard !needsFlush else { return }
        needsFlush = true
        context.eventLoop.assumeIsolated().execute { [self] in
            needsFlush = false
            self.context?.flush()
        }
    }

    /// Fails the commands whose time is over; their answers are dropped should they still come.
    func expire() {
        let now = NIODeadline.now()
        for index in pending.indices
        where pending[index].answer != nil && now - pending[index].sent > pending[index].timeout {
            let answer = pending[index].answer
            pending[index].answer = nil
            answer?(.failure(RedisError(.timedOut, "Redis has not answered for \(seconds(pending[index].timeout))")))
            if pending.isEmpty { return }
        }
    }

    func close(_ reason: RedisError) {
        fail(reason)
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(RedisError(.connection, "the connection is gone"))
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastHeard = .now()
        parser.append(Self.unwrapInboundIn(data))
        do throws(RESPError) {
            while failure == nil, let value = try parser.next() {
                if case .push(let elements) = value { onPush(elements) } else { answer(value) }
            }
        } catch {
            close(RedisError(.protocolViolation, "what Redis says is not understood: \(error)"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(RedisError(.connection, "Redis has closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(RedisError(.connection, "the connection to Redis was lost: \(error)"))
    }

    private func answer(_ value: RESPValue) {
        guard let first = pending.popFirst() else {
            return close(RedisError(.protocolViolation, "Redis answers what it was not asked"))
        }
        if case .error(let text) = value {
            first.answer?(.failure(RedisError(.refused, text)))
        } else {
            first.answer?(.success(value))
        }
    }

    private func fail(_ error: RedisError) {
        guard failure == nil else { return }
        failure = error
        let unanswered = pending
        pending = []
        for command in unanswered { command.answer?(.failure(error)) }
        onClose(error)
    }
}

private func seconds(_ amount: TimeAmount) -> String {
    "\(amount.nanoseconds / 1_000_000_000) s"
}
