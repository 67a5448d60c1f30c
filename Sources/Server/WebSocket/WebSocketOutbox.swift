// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import Synchronization

/// A WebSocket's writer for its application and for everybody else: may be called from any thread.
///
/// On the connection's loop an event goes straight into the frame encoder; from elsewhere events wait in a list, in
/// order, and the loop is woken once for all of them.
final class WebSocketOutbox: EventSink, Outbox {
    private struct Foreign {
        var events: [WebSocket.Outbound] = []
        var bytes = 0
        var scheduled = false
        var broadcasts: [SharedMessage] = []
    }

    private struct Ending {
        var ended = false
        var actions: [@Sendable () -> Void] = []
        /// What waits for the client to read.
        var reliefs: [@Sendable () -> Void] = []
    }

    private let executor: EventLoopExecutor
    private let loop: any EventLoop
    private let session: NIOLoopBoundBox<WebSocketSession?>
    private let foreign = Mutex(Foreign())
    private let ending = Mutex(Ending())
    private let waiting = Mutex<[Waker]>([])
    private let limit: Int
    private let pressureValue = Atomic<UInt8>(0)
    private let hasForeignBroadcasts = Atomic<Bool>(false)

    /// - Parameter limit: bytes that writers on other threads may have waiting for the loop.
    init(_ executor: EventLoopExecutor, limit: Int) {
        self.executor = executor
        self.limit = limit
        loop = executor.loop
        session = NIOLoopBoundBox(nil, eventLoop: loop)
    }

    func bind(_ session: WebSocketSession) {
        self.session.value = session
    }

    /// Breaks the reference cycle, when the application has returned.
    func unbind() {
        session.value = nil
    }

    // MARK: EventSink

    func offer(_ event: WebSocket.Outbound) throws -> Bool {
        if loop.inEventLoop {
            guard let session = session.value else { throw SendError.connectionClosed }
            return try session.send(event, waits: true)
        }
        if ending.withLock({ $0.ended }) { throw SendError.connectionClosed }
        try event.validate()
        return offerFromElsewhere(event)
    }

    private func offerFromElsewhere(_ event: WebSocket.Outbound) -> Bool {
        var size = 0
        if case .send(let message, _) = event {
            if pressure >= .full { return false }
            size = message.byteCount
        }
        let (taken, first) = foreign.withLock { foreign -> (Bool, Bool) in
            guard foreign.bytes == 0 || foreign.bytes + size <= limit else { return (false, false) }
            foreign.events.append(event)
            foreign.bytes += size
            defer { foreign.scheduled = true }
            return (true, !foreign.scheduled)
        }
        // Posted, not executed: what the sender's task does next on the loop must not overtake it.
        if first { executor.post { self.takeForeign() } }
        return taken
    }

    private func takeForeign() {
        let events = foreign.withLock { foreign in
            defer { (foreign.events, foreign.bytes, foreign.scheduled) = ([], 0, false) }
            return foreign.events
        }
        guard let session = session.value else { return }
        for event in events {
            // The sender has gone on; a connection that closed meanwhile needs nobody to be told.
            _ = try? session.send(event, waits: false)
        }
        wakeWaiting()
    }

    func writable() async throws {
        let waker = Waker()
        try await withTaskCancellationHandler {
            while true {
                try Task.checkCancellation()
                if ending.withLock({ $0.ended }) { throw SendError.connectionClosed }
                waiting.withLock { $0.append(waker) }
                // The room may have come between the refusal and now.
                let ready = loop.inEventLoop ? session.value?.isWritable ?? true : pressure < .full && !hasForeign
                if ready {
                    waiting.withLock { $0.removeAll { $0 === waker } }
                    return
                }
                await waker.wait()
            }
        } onCancel: {
            waker.cancel()
        }
    }

    private var hasForeign: Bool {
        foreign.withLock { !$0.events.isEmpty }
    }

    /// There may be room: senders look again.
    func wakeWaiting() {
        let wakers = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for waker in wakers { waker.wake() }
    }

    // MARK: Outbox

    var pressure: OutboxPressure {
        OutboxPressure(rawValue: pressureValue.load(ordering: .relaxed)) ?? .none
    }

    /// Called by the connection when the client falls behind or catches up.
    func setPressure(_ pressure: OutboxPressure) {
        let before = pressureValue.exchange(pressure.rawValue, ordering: .relaxed)
        guard pressure.rawValue < before else { return }
        relieve()
        if pressure == .none { wakeWaiting() }
    }

    func onRelief(_ action: @escaping @Sendable () -> Void) {
        let isEnded = ending.withLock { ending in
            if !ending.ended { ending.reliefs.append(action) }
            return ending.ended
        }
        if isEnded { return action() }
        // The client may have caught up between the look at the pressure and now.
        if pressure == .none { executor.post { self.relieve() } }
    }

    private func relieve() {
        let reliefs = ending.withLock { ending in
            defer { ending.reliefs = [] }
            return ending.reliefs
        }
        for action in reliefs { action() }
    }

    func broadcast(_ message: SharedMessage) {
        guard loop.inEventLoop else {
            let first = foreign.withLock { foreign in
                foreign.broadcasts.append(message)
                return foreign.broadcasts.count == 1
            }
            hasForeignBroadcasts.store(true, ordering: .releasing)
            if first { executor.post { self.takeForeignBroadcasts() } }
            return
        }
        // What another thread was given before, in the group's one order, goes first.
        if hasForeignBroadcasts.load(ordering: .acquiring) { takeForeignBroadcasts() }
        session.value?.broadcast(message)
    }

    private func takeForeignBroadcasts() {
        let messages = foreign.withLock { foreign in
            hasForeignBroadcasts.store(false, ordering: .relaxed)
            defer { foreign.broadcasts = [] }
            return foreign.broadcasts
        }
        for message in messages { session.value?.broadcast(message) }
    }

    func close(code: WebSocketCloseCode, reason: String) {
        let session = session
        loop.execute { session.value?.close(code: code, reason: reason) }
    }

    func onEnd(_ action: @escaping @Sendable () -> Void) {
        let ended = ending.withLock { ending in
            if !ending.ended { ending.actions.append(action) }
            return ending.ended
        }
        if ended { action() }
    }

    /// Called by the session, once.
    func ended() {
        let actions = ending.withLock { ending in
            defer { ending = Ending(ended: true) }
            return ending.actions + ending.reliefs
        }
        for action in actions { action() }
        wakeWaiting()
    }
}
