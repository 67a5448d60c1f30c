// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import Synchronization

/// What writes a connection's responses. On its event loop.
protocol ResponseWriter: AnyObject {
    /// Writes an application's event.
    ///
    /// - Parameters:
    ///   - number: the request that it answers; an event for another one is refused.
    ///   - waits: whether the sender can wait while the client does not read.
    /// - Returns: `false` when it has to.
    func send(_ event: HTTP.Outbound, number: UInt64, waits: Bool) throws -> Bool

    /// An event from another thread was wrong: the response cannot be trusted any more.
    func fail(_ error: any Error, number: UInt64)

    /// Whether an application may write on; if not, the waker is woken when it may.
    func isWritable(orWake waker: Waker) throws -> Bool
}

/// Takes one response's events to its connection, from whatever thread.
///
/// From another thread than the event loop's, events are posted: the loop is woken once for many. After
/// ``postedLimit`` bytes the sender has to wait for the loop, and there for the client.
final class HTTPResponseSink: EventSink {
    /// Bytes on their way from other threads before their sender waits for the loop.
    static let postedLimit = 64 << 10
    /// What an event without a body counts.
    private static let eventCost = 256

    private let executor: EventLoopExecutor
    private let connection: NIOLoopBound<any ResponseWriter>
    private let number: UInt64
    private let posted = Atomic<Int>(0)
    private let isEnded = Atomic<Bool>(false)

    /// - Parameter number: the request's number in its connection: a late event does not get into a later response.
    init(_ connection: any ResponseWriter, number: UInt64, executor: EventLoopExecutor) {
        self.executor = executor
        self.connection = NIOLoopBound(connection, eventLoop: executor.loop)
        self.number = number
    }

    /// The connection has gone or its next request has begun: senders on other threads are told.
    func end() {
        isEnded.store(true, ordering: .relaxed)
    }

    func offer(_ event: HTTP.Outbound) throws -> Bool {
        if executor.loop.inEventLoop { return try connection.value.send(event, number: number, waits: true) }
        if isEnded.load(ordering: .relaxed) { throw SendError.connectionClosed }
        var cost = Self.eventCost
        if case .responseBody(let body, _) = event { cost += body.readableBytes }
        // One event passes whatever its size; what it adds makes the next one wait.
        guard posted.load(ordering: .relaxed) < Self.postedLimit else { return false }
        posted.add(cost, ordering: .relaxed)
        let (connection, number) = (connection, number)
        executor.post {
            // The sender has gone on; what is wrong with the event is found here, and ends the connection.
            do {
                _ = try connection.value.send(event, number: number, waits: false)
            } catch {
                connection.value.fail(error, number: number)
            }
        }
        return true
    }

    func writable() async throws {
        let waker = Waker()
        try await withTaskCancellationHandler {
            while true {
                try Task.checkCancellation()
                if try await isWritable(orWake: waker) { return }
                await waker.wait()
            }
        } onCancel: {
            waker.cancel()
        }
    }

    private func isWritable(orWake waker: Waker) async throws -> Bool {
        if executor.loop.inEventLoop { return try connection.value.isWritable(orWake: waker) }
        let connection = connection
        let isWritable = try await executor.loop.submit { try connection.value.isWritable(orWake: waker) }.get()
        if isWritable { posted.store(0, ordering: .relaxed) }
        return isWritable
    }
}
