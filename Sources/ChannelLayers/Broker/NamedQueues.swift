// SPDX-License-Identifier: Apache-2.0

import DequeModule
import SluiceCore
import Synchronization

/// Queues by name in memory, with a capacity each and an expiry for each event; every event goes to one taker.
final class NamedQueues: Sendable {
    private struct Queue {
        var entries = Deque<(event: LayerEvent, expiry: Duration)>()
        var takers: [Waker] = []

        mutating func dropExpired(_ now: Duration) {
            while let first = entries.first, first.expiry < now { entries.removeFirst() }
        }
    }

    private struct State {
        var queues: [ChannelName: Queue] = [:]
        var closed = false
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let expiry: Duration
    private let clock: any TimeSource

    init(capacity: Int, expiry: Duration, clock: any TimeSource) {
        self.capacity = capacity
        self.expiry = expiry
        self.clock = clock
    }

    func put(_ event: LayerEvent, in name: ChannelName) throws(LayerError) {
        let now = clock.monotonic
        let takers = state.withLock { state -> [Waker]? in
            guard !state.closed else { return [] }
            var queue = state.queues[name] ?? Queue()
            queue.dropExpired(now)
            guard queue.entries.count < capacity else { return nil }
            queue.entries.append((event, now + expiry))
            let takers = queue.takers
            queue.takers = []
            state.queues[name] = queue
            return takers
        }
        guard let takers else {
            throw LayerError(.channelFull, "the channel '\(name)' holds its \(capacity) events")
        }
        // All takers look; one finds the event. None can be lost with a taker that was cancelled at this moment.
        for taker in takers { taker.wake() }
    }

    func take(from name: ChannelName) async throws -> LayerEvent {
        let waker = Waker()
        return try await withTaskCancellationHandler {
            while true {
                if waker.isCancelled { throw CancellationError() }
                switch poll(name, waker) {
                case .event(let event): return event
                case .closed: throw LayerError(.closed, "the channel layer was shut down")
                case .wait: await waker.wait()
                }
            }
        } onCancel: {
            waker.cancel()
        }
    }

    func removeAll() {
        let takers = state.withLock { state in
            defer { state.queues = [:] }
            return state.queues.values.flatMap(\.takers)
        }
        for taker in takers { taker.wake() }
    }

    func close() {
        state.withLock { $0.closed = true }
        removeAll()
    }

    private enum Poll {
        case event(LayerEvent), closed, wait
    }

    private func poll(_ name: ChannelName, _ waker: Waker) -> Poll {
        let now = clock.monotonic
        return state.withLock { state in
            guard !state.closed else { return .closed }
            var queue = state.queues[name] ?? Queue()
            queue.dropExpired(now)
            if let entry = queue.entries.popFirst() {
                queue.takers.removeAll { $0 === waker }
                state.queues[name] = queue.entries.isEmpty && queue.takers.isEmpty ? nil : queue
                return .event(entry.event)
            }
            queue.takers.removeAll { $0 === waker || $0.isCancelled }
            queue.takers.append(waker)
            state.queues[name] = queue
            return .wait
        }
    }
}
