// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization

/// The polls that wait at this moment, and one task that wakes those whose time is over.
///
/// A waiting poll is the request's own task, parked on a ``Waker``. A timer for each of them would cost a task of its own
/// (it must end when a message comes first); one for all costs an entry in a table.
final class HeldPolls: Sendable {
    /// The shortest time a poll may wait, and the longest time between two looks at the clock: so no poll can begin
    /// that would have to end before the next look.
    static let tick = Duration.seconds(1)
    /// The shortest time between two looks, which go through the whole table.
    private static let pause = Duration.milliseconds(100)

    private struct State {
        var deadlines: [ObjectIdentifier: (waker: Waker, deadline: Duration)] = [:]
        var isTicking = false
    }

    private let state = Mutex(State())

    /// How many wait.
    var count: Int { state.withLock { $0.deadlines.count } }

    /// Notes a poll until ``leave(_:)``: it is woken at its deadline, and by ``wakeAll()``.
    ///
    /// - Parameter deadline: monotonic time, at least ``tick`` from now.
    func enter(_ poll: Waker, until deadline: Duration, clock: any TimeSource, stopping: Readiness) {
        let isFirst = state.withLock { state in
            state.deadlines[ObjectIdentifier(poll)] = (poll, deadline)
            defer { state.isTicking = true }
            return !state.isTicking
        }
        if isFirst { Task { await tick(clock, stopping) } }
    }

    func leave(_ poll: Waker) {
        state.withLock { _ = $0.deadlines.removeValue(forKey: ObjectIdentifier(poll)) }
    }

    /// Lets every poll look for itself.
    func wakeAll() {
        let polls = state.withLock { $0.deadlines.values.map(\.waker) }
        for poll in polls { poll.wake() }
    }

    /// Runs while polls wait. A server that stops gracefully waits for its requests, so it must not have to wait for the
    /// polls' time.
    private func tick(_ clock: any TimeSource, _ stopping: Readiness) async {
        while let left = wakeDue(at: clock.monotonic, all: stopping.isDraining) {
            // Nobody cancels this task, so the sleep throws nothing that could turn this into a busy loop.
            try? await clock.sleep(for: min(max(left, Self.pause), Self.tick))
        }
    }

    /// - Returns: the time until the next deadline; `nil` when nobody waits any more.
    private func wakeDue(at now: Duration, all: Bool) -> Duration? {
        let (due, left) = state.withLock { state -> ([Waker], Duration?) in
            var due: [Waker] = []
            var next: Duration?
            for (waker, deadline) in state.deadlines.values {
                if all || deadline <= now {
                    due.append(waker)
                } else {
                    next = min(next ?? deadline, deadline)
                }
            }
            if state.deadlines.isEmpty { state.isTicking = false }
            return (due, state.deadlines.isEmpty ? nil : next.map { $0 - now } ?? .zero)
        }
        for waker in due { waker.wake() }
        return left
    }
}
