// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// So many things in a sliding window of time, for each key.
final class RateLimiter: Sendable {
    private let limit: Int
    private let window: Duration
    private let taken = Mutex<[String: [Duration]]>([:])

    init(limit: Int, window: Duration) {
        self.limit = limit
        self.window = window
    }

    /// Whether one more is allowed now; then it counts.
    ///
    /// - Parameter now: monotonic time.
    func take(_ key: String, at now: Duration) -> Bool {
        taken.withLock { taken in
            var times = taken[key, default: []]
            times.removeAll { $0 <= now - window }
            let isAllowed = times.count < limit
            if isAllowed { times.append(now) }
            taken[key] = times
            return isAllowed
        }
    }

    /// The last one was none after all.
    func giveBack(_ key: String) {
        taken.withLock { _ = $0[key]?.popLast() }
    }
}
