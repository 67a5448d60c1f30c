// SPDX-License-Identifier: Apache-2.0

public import DequeModule
public import Synchronization

/// Events in order between one producer side and the task that takes them.
///
/// The queue itself has no limit: a socket stops being read while events wait (see ``onEmpty``), a channel layer counts
/// what it puts in. After ``finish(_:)`` the last event comes again on every poll, as ASGI's `disconnect` does.
public final class EventQueue<Event: Sendable>: EventSource {
    @usableFromInline
    struct State {
        @usableFromInline var events = Deque<Event>()
        @usableFromInline var last: Event?
        @usableFromInline var waker: Waker?
        @usableFromInline var moreWakers: [Waker] = []
        @usableFromInline var wantsEmpty = false

        @inlinable
        init() {}

        @inlinable
        mutating func takeWakers() -> (Waker?, [Waker]) {
            defer {
                waker = nil
                if !moreWakers.isEmpty { moreWakers = [] }
            }
            return (waker, moreWakers)
        }
    }

    @usableFromInline let state = Mutex(State())
    @usableFromInline let onEmpty: (@Sendable () -> Void)?

    /// An empty queue.
    ///
    /// - Parameter onEmpty: called, on the taking task, when the queue becomes empty after ``notifyWhenEmpty()``.
    @inlinable
    public init(onEmpty: (@Sendable () -> Void)? = nil) {
        self.onEmpty = onEmpty
    }

    // Inlinable as the rest: else both are compiled for all events at once, and look up their types at run time.
    @inlinable
    deinit {}

    /// Puts an event at the end and wakes the waiting task; ignored after ``finish(_:)``.
    @inlinable
    public func push(_ event: Event) {
        let wakers = state.withLock { state -> (Waker?, [Waker]) in
            guard state.last == nil else { return (nil, []) }
            state.events.append(event)
            return state.takeWakers()
        }
        wakers.0?.wake()
        for waker in wakers.1 { waker.wake() }
    }

    /// Ends the queue: what waits is still taken, then `last` comes for ever. Only the first call counts.
    ///
    /// - Returns: whether this was the first call.
    @discardableResult
    @inlinable
    public func finish(_ last: Event) -> Bool {
        let (first, wakers) = state.withLock { state -> (Bool, (Waker?, [Waker])) in
            guard state.last == nil else { return (false, (nil, [])) }
            state.last = last
            return (true, state.takeWakers())
        }
        wakers.0?.wake()
        for waker in wakers.1 { waker.wake() }
        return first
    }

    /// Discards what waits, without ending the queue.
    public func removeAll() {
        state.withLock { $0.events = [] }
    }

    /// Asks for one call of `onEmpty` when everything that waits has been taken.
    ///
    /// - Returns: `false`, and nothing is asked for, when the queue is empty now.
    @inlinable
    public func notifyWhenEmpty() -> Bool {
        state.withLock { state in
            guard !state.events.isEmpty else { return false }
            state.wantsEmpty = true
            return true
        }
    }

    /// Whether the queue has ended and everything that waited has been taken.
    public var isFinished: Bool {
        state.withLock { $0.last != nil && $0.events.isEmpty }
    }

    /// How many events wait.
    @inlinable public var count: Int {
        state.withLock { $0.events.count }
    }

    /// Takes the first event that waits; after the end, when none does, the last one again and again.
    @inlinable
    public func poll() -> Event? {
        let (event, emptied) = state.withLock { state -> (Event?, Bool) in
            guard let event = state.events.popFirst() else { return (state.last, false) }
            guard state.wantsEmpty, state.events.isEmpty else { return (event, false) }
            state.wantsEmpty = false
            return (event, true)
        }
        if emptied { onEmpty?() }
        return event
    }

    /// Asks for one wake-up; several tasks may wait.
    @inlinable
    public func arm(_ waker: Waker) -> Bool {
        state.withLock { state in
            guard state.events.isEmpty, state.last == nil else { return false }
            guard let other = state.waker, other !== waker else {
                state.waker = waker
                return true
            }
            // Rare: several tasks wait, or one waits again after a wait that was cancelled, which leaves its waker here.
            state.moreWakers.removeAll { $0 === waker || $0.isCancelled }
            if other.isCancelled { state.waker = waker } else { state.moreWakers.append(waker) }
            return true
        }
    }
}
