// SPDX-License-Identifier: Apache-2.0

/// So many things in a time that slides.
struct SlidingWindow {
    let limit: Int
    let length: Duration
    /// When each of the last ones was taken, oldest first.
    private var times: [Duration] = []

    init(limit: Int, length: Duration) {
        self.limit = limit
        self.length = length
    }

    /// Whether one more is allowed now; then it counts.
    ///
    /// - Parameter now: monotonic time, as everywhere here.
    mutating func take(at now: Duration) -> Bool {
        times.removeAll { $0 <= now - length }
        guard times.count < limit else { return false }
        times.append(now)
        return true
    }

    /// One that was taken at a time was none after all.
    mutating func giveBack(takenAt time: Duration) {
        if let index = times.lastIndex(of: time) { times.remove(at: index) }
    }

    /// Whether nothing counts any more.
    func isOver(at now: Duration) -> Bool {
        times.allSatisfy { $0 <= now - length }
    }
}
