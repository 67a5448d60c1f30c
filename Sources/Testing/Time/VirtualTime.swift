// SPDX-License-Identifier: Apache-2.0

public import SluiceCore
import Synchronization

/// A clock that stands still until a test turns it: timers and expiry without waiting.
public final class VirtualTime: TimeSource {
    fileprivate struct Sleeper {
        let id: UInt64
        let deadline: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    fileprivate struct State {
        var wall: WallTime
        var elapsed = Duration.zero
        var nextID: UInt64 = 0
        /// By deadline, and in the order of their coming where that is the same.
        var sleepers: [Sleeper] = []
    }

    private let state: Mutex<State>

    /// A clock that shows a moment; 2026-01-01T00:00:00Z by default.
    public init(now: WallTime = WallTime(seconds: 1_767_225_600)) {
        state = Mutex(State(wall: now))
    }

    /// What the wall clock shows.
    public var now: WallTime { state.withLock { $0.wall } }

    /// How far the clock was turned.
    public var monotonic: Duration { state.withLock { $0.elapsed } }

    /// How many tasks sleep.
    public var sleepers: Int { state.withLock { $0.sleepers.count } }

    /// Sleeps until the clock was turned far enough.
    public func sleep(for duration: Duration) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let refused: (any Error)?? = state.withLock { state in
                    // The task's flag is set before its handlers run, so that either is seen.
                    if Task.isCancelled { return .some(CancellationError()) }
                    guard duration > .zero else { return .some(nil) }
                    let sleeper = Sleeper(id: id, deadline: state.elapsed + duration, continuation: continuation)
                    let place = state.sleepers.firstIndex { $0.deadline > sleeper.deadline }
                    state.sleepers.insert(sleeper, at: place ?? state.sleepers.endIndex)
                    return nil
                }
                switch refused {
                case .some(let error?): continuation.resume(throwing: error)
                case .some(nil): continuation.resume()
                case nil: break
                }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else { return nil }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Turns both clocks forward; whose time has come is woken in the order of the deadlines, each at its own time.
    ///
    /// A task that wakes and sleeps again does so from where the clock then stands: turn it step by step for those.
    public func advance(by duration: Duration) {
        let end = monotonic + duration
        while let next = step(upTo: end) { next.continuation.resume() }
    }

    /// Sets the wall clock, as an operator does; the monotonic one goes on.
    public func setWallClock(_ now: WallTime) {
        state.withLock { $0.wall = now }
    }

    /// Waits (in real time, at most 5 s) until so many tasks sleep.
    ///
    /// - Throws: ``CommunicatorError`` with `timedOut`.
    public func waitForSleepers(_ count: Int) async throws {
        try await eventually("\(count) tasks sleep on the virtual clock") { sleepers >= count }
    }

    private func step(upTo end: Duration) -> Sleeper? {
        state.withLock { state in
            let isDue = state.sleepers.first.map { $0.deadline <= end } ?? false
            state.turn(to: isDue ? state.sleepers[0].deadline : end)
            return isDue ? state.sleepers.removeFirst() : nil
        }
    }
}

extension VirtualTime.State {
    fileprivate mutating func turn(to moment: Duration) {
        guard moment > elapsed else { return }
        let (seconds, attoseconds) = (moment - elapsed).components
        elapsed = moment
        let nanoseconds = Int64(wall.nanoseconds) + attoseconds / 1_000_000_000
        wall.seconds += seconds + nanoseconds / 1_000_000_000
        wall.nanoseconds = Int32(nanoseconds % 1_000_000_000)
    }
}
