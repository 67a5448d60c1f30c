// SPDX-License-Identifier: Apache-2.0

public import Synchronization

/// Parks one task until an event source wakes it: one bare continuation, no stream, no allocation for each wait.
///
/// A wake-up that comes before the wait is kept, so none is lost; wake-ups do not add up. After ``cancel()`` no wait
/// parks again. One task waits at a time: the task that owns the waker.
public final class Waker: Sendable {
    @usableFromInline
    enum State {
        case idle
        case waiting(UnsafeContinuation<Void, Never>)
        case signalled
        case cancelled
    }

    @usableFromInline let state = Mutex(State.idle)

    /// A waker at rest.
    public init() {}

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
                case .waiting(let other):
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
                state = .idle
                return continuation
            case .signalled, .cancelled:
                return nil
            }
        }
        waiting?.resume()
    }

    /// Wakes for good: this wait and every later one return at once.
    public func cancel() {
        let waiting = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            defer { state = .cancelled }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume()
    }
}
