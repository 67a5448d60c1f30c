// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// So many things in a sliding window of time, for each key. What is over is forgotten: it holds the keys of the last
/// window, and at most as many old ones.
final class RateLimiter: Sendable {
    private struct State {
        var windows: [String: SlidingWindow] = [:]
        /// The number of keys at which old ones are looked for, so that the search is rare.
        var sweepAt = RateLimiter.fewKeys
    }

    /// So many keys are kept without looking at them.
    private static let fewKeys = 64

    private let fresh: SlidingWindow
    private let state = Mutex(State())

    init(limit: Int, window: Duration) {
        fresh = SlidingWindow(limit: limit, length: window)
    }

    /// How many keys are known.
    var count: Int { state.withLock { $0.windows.count } }

    /// Whether one more is allowed now; then it counts.
    ///
    /// - Parameter now: monotonic time.
    func take(_ key: String, at now: Duration) -> Bool {
        state.withLock { state in
            if state.windows.count >= state.sweepAt {
                state.windows = state.windows.filter { !$0.value.isOver(at: now) }
                state.sweepAt = max(Self.fewKeys, 2 * state.windows.count)
            }
            return state.windows[key, default: fresh].take(at: now)
        }
    }

    /// The one that was taken at this time was none after all.
    func giveBack(_ key: String, takenAt time: Duration) {
        state.withLock { $0.windows[key]?.giveBack(takenAt: time) }
    }
}
