// SPDX-License-Identifier: Apache-2.0

import DequeModule
import SluiceCore
import Synchronization

/// Queues by name in memory, with a capacity each and an expiry for each event; every event goes to one taker.
final class NamedQueues: Sendable {
    private struct Queue {
        struct Entry {
            var event: LayerEvent
            var expiry: Duration
            var attempt = 0
        }

        var entries = Deque<Entry>()
        var takers = WaitingTasks()
        /// What is taken and not settled, with when it comes back.
        var leased: [String: (entry: Entry, until: Duration)] = [:]
        /// The last 1,000 that were set aside.
        var aside = Deque<LayerEvent>()

        var count: Int { entries.count + leased.count }
        var isUnused: Bool { entries.isEmpty && takers.isEmpty && leased.isEmpty && aside.isEmpty }

        /// Drops what is too old, and takes back what was not settled in time. What was taken once does not expire.
        mutating func update(_ now: Duration) {
            while let first = entries.first, first.attempt == 0, first.expiry < now { entries.removeFirst() }
            for (id, lease) in leased where lease.until <= now {
                leased[id] = nil
                entries.prepend(lease.entry)
            }
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
                queues[name]?.update(now)
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
            state.queues[name]?.update(now)
            guard state.queues[name]?.count ?? 0 < capacity else {
                throw LayerError(.channelFull, "the channel '\(name)' holds its \(capacity) events")
            }
            state.queues[name, default: Queue()].entries.append(
                Queue.Entry(event: event, expiry: now + expiry))
            return state.queues[name]?.takers.takeAll() ?? WaitingTasks()
        }
        takers.wake()
    }

    func take(from name: ChannelName, lease: Duration?) async throws -> QueueDelivery {
        let waker = Waker()
        return try await withTaskCancellationHandler {
            while true {
                if waker.isCancelled {
                    forget(waker, name)
                    throw CancellationError()
                }
                let (delivery, next) = try poll(name, waker, lease)
                if let delivery { return delivery }
                let limit = next.map { next in
                    Task {
                        try await clock.sleep(for: next)
                        waker.wake()
                    }
                }
                await waker.wait()
                limit?.cancel()
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
    ///
    /// - Returns: when something comes back that was not settled.
    private func poll(
        _ name: ChannelName, _ waker: Waker, _ lease: Duration?
    ) throws(LayerError) -> (QueueDelivery?, next: Duration?) {
        let now = clock.monotonic
        return try state.withLock { state throws(LayerError) in
            guard !state.closed else { throw Self.closed }
            state.sweep(now)
            state.queues[name]?.update(now)
            guard var entry = state.queues[name]?.entries.popFirst() else {
                state.queues[name, default: Queue()].takers.add(waker)
                return (nil, state.queues[name]?.leased.values.map { $0.until - now }.min())
            }
            state.queues[name]?.takers.remove(waker)
            entry.attempt += 1
            let id = randomHex()
            if let lease { state.queues[name]?.leased[id] = (entry, now + lease) }
            state.removeIfUnused(name)
            return (QueueDelivery(event: entry.event, id: id, attempt: entry.attempt), nil)
        }
    }

    /// - Returns: whether it was still this taker's.
    func settle(_ delivery: QueueDelivery, of name: ChannelName, as outcome: QueueOutcome) -> Bool {
        let now = clock.monotonic
        let takers = state.withLock { state -> WaitingTasks? in
            state.queues[name]?.update(now)
            guard let lease = state.queues[name]?.leased.removeValue(forKey: delivery.id) else { return nil }
            switch outcome {
            case .done: break
            case .retry(let delay): state.queues[name]?.leased[delivery.id] = (lease.entry, now + delay)
            case .setAside:
                state.queues[name]?.aside.append(delivery.event)
                if let aside = state.queues[name]?.aside, aside.count > 1_000 {
                    state.queues[name]?.aside.removeFirst()
                }
            }
            defer { state.removeIfUnused(name) }
            return state.queues[name]?.takers.takeAll()
        }
        takers?.wake()
        return takers != nil
    }

    private func forget(_ waker: Waker, _ name: ChannelName) {
        state.withLock { state in
            state.queues[name]?.takers.remove(waker)
            state.removeIfUnused(name)
        }
    }
}
