// SPDX-License-Identifier: Apache-2.0

public import Synchronization

/// Parks one task until an event source wakes it: one bare continuation, no stream, no allocation for each wait.
///
/// A wake-up that comes before the wait is kept, so none is lost; wake-ups do not add up. After ``cancel()`` no wait
/// parks again. One task waits at a time: the task that owns the waker.
///
/// A waker with a deputy does not resume the task that is parked: it has the deputy called, which handles what came in the
/// task's place and then either goes back to rest (``rest()``) or lets the task go on (``resume()``).
public final class Waker: Sendable {
    @usableFromInline
    enum State {
        case idle
        case waiting(UnsafeContinuation<Void, Never>)
        /// The deputy acts for the parked task.
        case deputized(UnsafeContinuation<Void, Never>)
        case signalled
        case cancelled
    }

    @usableFromInline let state = Mutex(State.idle)
    @usableFromInline let deputy: (any WakeDeputy)?
    @usableFromInline let executor: (any DeputyExecutor)?

    /// A waker at rest, of a task without a deputy.
    public init() {
        deputy = nil
        executor = nil
    }

    /// A waker at rest.
    ///
    /// - Parameters:
    ///   - deputy: what is called in place of the parked task.
    ///   - executor: the parked task's, which calls it.
    public init(deputy: any WakeDeputy, on executor: any DeputyExecutor) {
        self.deputy = deputy
        self.executor = executor
    }

    /// Whether ``cancel()`` was called.
    public var isCancelled: Bool {
        state.withLock { if case .cancelled = $0 { true } else { false } }
    }

    /// Returns at the next wake-up, at once if one is kept or the waker is cancelled.
    @inlinable
    public func wait() async {
        await withUnsafeContinuation { continuation in
            let parked = state.withLock { state -> Bool in
                switch state {
                case .idle:
                    state = .waiting(continuation)
                    return true
                case .waiting(let other), .deputized(let other):
                    // Only the owning task waits; should another one come, nobody is left behind.
                    other.resume()
                    state = .waiting(continuation)
                    return true
                case .signalled:
                    state = .idle
                    return false
                case .cancelled:
                    return false
                }
            }
            if !parked { continuation.resume() }
        }
    }

    /// Lets the waiting task go on, or the next wait return at once.
    @inlinable
    public func wake() {
        let waiting = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            switch state {
            case .idle:
                state = .signalled
                return nil
            case .waiting(let continuation):
                state = deputy == nil ? .idle : .deputized(continuation)
                return continuation
            case .deputized, .signalled, .cancelled:
                return nil
            }
        }
        guard let waiting else { return }
        if let deputy { executor?.call(deputy) } else { waiting.resume() }
    }

    /// The deputy has handled all there was: the next wake-up calls it again.
    ///
    /// - Returns: `false` when the task goes on instead, because the waker was cancelled.
    @inlinable
    public func rest() -> Bool {
        state.withLock { state in
            guard case .deputized(let continuation) = state else { return false }
            state = .waiting(continuation)
            return true
        }
    }

    /// Takes the parked task's place again, if no wake-up has called the deputy since it went to ``rest()``.
    @inlinable
    public func deputize() -> Bool {
        state.withLock { state in
            guard case .waiting(let continuation) = state else { return false }
            state = .deputized(continuation)
            return true
        }
    }

    /// The deputy leaves the rest to the parked task.
    public func resume() {
        let waiting = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            guard case .deputized(let continuation) = state else { return nil }
            state = .idle
            return continuation
        }
        waiting?.resume()
    }

    /// Wakes for good: this wait and every later one return at once.
    public func cancel() {
        let waiting = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            defer { state = .cancelled }
            switch state {
            case .waiting(let continuation), .deputized(let continuation): return continuation
            case .idle, .signalled, .cancelled: return nil
            }
        }
        waiting?.resume()
    }
}
