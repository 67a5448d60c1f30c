// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
import SluiceCore
import SluiceWebSocket

/// The connection's task: one request after the other through the application.
extension HTTPConnection {
    /// Hands a request to the task, which is made with the first one.
    func giveToTask(_ exchange: Exchange) {
        executor.serves(exchange.scope)
        if case .webSocket = exchange.kind, let session { return giveToOwnTask(session, exchange.scope) }
        nextForTask = exchange
        guard task == nil else { return taskWaker.wake() }
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
        while true {
            if let exchange = nextForTask {
                nextForTask = nil
                await serve(exchange)
            } else if isEnded || isUpgrading || Task.isCancelled {
                return
            } else {
                await taskWaker.wait()
            }
        }
    }

    private func serve(_ exchange: Exchange) async {
        let sink = HTTPResponseSink(self, number: exchange.number, executor: loop.executor)
        exchange.sink = sink
        var failure: (any Error)?
        do {
            let first = try host.application(for: exchange.scope)
            var (scope, receive, send) = (exchange.scope, Receive<HTTP>(exchange.body), Send<HTTP>(sink))
            let application = try await first.settled(scope: &scope, receive: &receive, send: &send)
            try await application(scope: scope, receive: receive, send: send)
        } catch {
            failure = error
        }
        applicationReturned(exchange, failure)
    }

    private func applicationReturned(_ exchange: Exchange, _ failure: (any Error)?) {
        exchange.isApplicationDone = true
        exchange.body.discard()
        if isEnded { return release(exchange) }
        if let failure { logger.applicationThrew(failure, in: exchange.scope) }
        if !exchange.response.isComplete {
            guard exchange.response.isWaiting else {
                // Half a response: the client must see that it is not whole.
                release(exchange)
                flushNow()
                loop.close(context)
                return
            }
            exchange.response.reset()
            answerInstead(exchange, failure)
        }
        finishIfComplete(exchange)
    }

    /// Answers for an application that has not.
    private func answerInstead(_ exchange: Exchange, _ failure: (any Error)?) {
        if exchange.isTruncated, let refusal {
            return write(refusal, to: &exchange.response)
        }
        // One that has been told that its client has gone need not answer.
        if failure == nil, !isInputClosed {
            logger.applicationIsSilent(in: exchange.scope)
        }
        writeError(failure.map { ErrorDisposition(of: $0) } ?? .internalError, exchange)
    }

    /// Goes on to the next request when the current one and its response are done.
    func finishIfComplete(_ exchange: Exchange) {
        guard exchange === current, exchange.response.isComplete else { return }
        exchange.body.finish()
        guard exchange.isApplicationDone else { return }
        if exchange.response.closesConnection {
            release(exchange)
            return closeWhenFlushed(lingering: !exchange.isRequestComplete)
        }
        guard exchange.isRequestComplete else { return readMore() }
        release(exchange)
        stateSince = loop.second
        goOn()
    }

    /// Lets go of a request that is done with: its body's closures hold the connection.
    func release(_ exchange: Exchange) {
        if exchange === current { current = nil }
        exchange.sink?.end()
        exchange.sink = nil
        if let user = exchange.user {
            exchange.user = nil
            host.admission.leave(user: user)
        }
        if host.configuration.accessLog { logAccess(exchange) }
    }

    // MARK: WebSocket

    /// Lets a WebSocket be served by a task of its own, which knows nothing of this connection: it is gone when the
    /// handshake is answered.
    private func giveToOwnTask(_ session: WebSocketSession, _ scope: Scope) {
        session.responder = self
        isUpgrading = true
        taskWaker.wake()
        loop.counters.taskStarted()
        let bound = NIOLoopBound(session, eventLoop: loop.loop)
        task = host.taskLocals.bind {
            Task(executorPreference: executor) { [loop] in
                await bound.value.serve(scope)
                loop.counters.taskEnded()
            }
        }
        session.task = task
    }

    // MARK: The log

    func logAccess(_ exchange: Exchange) {
        logger.access(
            exchange.scope, status: exchange.response.status, bodyBytes: exchange.response.bodyBytes,
            took: host.clock.monotonic - exchange.began)
    }
}
