// SPDX-License-Identifier: Apache-2.0

import DequeModule
import SluiceCore
import Synchronization

/// Queues by name in memory, with a capacity each and an expiry for each event; every event goes to one taker.
final class NamedQueues: Sendable {
    private struct Queue {
        var entries = Deque<(event: LayerEvent, expiry: Duration)>()
        var takers = WaitingTasks()

        var isUnused: Bool { entries.isEmpty && takers.isEmpty }

        mutating func dropExpired(_ now: Duration) {
            while let first = entries.first, first.expiry < now { entries.removeFirst() }
        }
    }

    private struct State {
        var queues: [ChannelName: Queue] = [:]
        var closed = false
        /// How many queues there may be until those that nobody reads any more are looked for.
        var sweepCount = 1_024

        /// Forgets queues in which everything has expired, so that names chosen once do not pile up.
        mutating func sweep(_ now: Duration) {
            guard queues.count >= sweepCount else { return }
            for name in Array(queues.keys) {
                queues[name]?.dropExpired(now)
                removeIfUnused(name)
            }
            sweepCount = max(1_024, 2 * queues.count)
        }

        mutating func removeIfUnused(_ name: ChannelName) {
            if queues[name]?.isUnused == true { queues[name] = nil }
        }
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
        let takers = try state.withLock { state throws(LayerError) -> WaitingTasks in
            guard !state.closed else { throw Self.closed }
            state.sweep(now)
            state.queues[name]?.dropExpired(now)
            guard state.queues[name]?.entries.count ?? 0 < capacity else {
                throw LayerError(.channelFull, "the channel '\(name)' holds its \(capacity) events")
            }
            state.queues[name, default: Queue()].entries.append((event, now + expiry))
            return state.queues[name]?.takers.takeAll() ?? WaitingTasks()
        }
        takers.wake()
    }

    func take(from name: ChannelName) async throws -> LayerEvent {
        let waker = Waker()
        return try await withTaskCancellationHandler {
            while true {
                if waker.isCancelled {
                    forget(waker, name)
                    throw CancellationError()
                }
                if let event = try poll(name, waker) { return event }
                await waker.wait()
            }
        } onCancel: {
            waker.cancel()
        }
    }

    func removeAll() {
        let takers = state.withLock { state in
            defer { state.queues = [:] }
            return state.queues.values.map(\.takers)
        }
        for tasks in takers { tasks.wake() }
    }

    func close() {
        state.withLock { $0.closed = true }
        removeAll()
    }

    /// How many names are known, for tests.
    var count: Int { state.withLock { $0.queues.count } }

    private static let closed = LayerError(.closed, "the channel layer was shut down")

    /// Takes the next event, or notes that the task waits for it.
    private func poll(_ name: ChannelName, _ waker: Waker) throws(LayerError) -> LayerEvent? {
        let now = clock.monotonic
        return try state.withLock { state throws(LayerError) in
            guard !state.closed else { throw Self.closed }
            state.sweep(now)
            state.queues[name]?.dropExpired(now)
            if let entry = state.queues[name]?.entries.popFirst() {
                state.queues[name]?.takers.remove(waker)
                state.removeIfUnused(name)
                return entry.event
            }
            state.queues[name, default: Queue()].takers.add(waker)
            return nil
        }
    }

    private func forget(_ waker: Waker, _ name: ChannelName) {
        state.withLock { state in
            state.queues[name]?.takers.remove(waker)
            state.removeIfUnused(name)
        }
    }
}
