// SPDX-License-Identifier: Apache-2.0

/// Which of a client's typing frames go on to the others: changes, and repetitions now and then, but no flood.
struct TypingThrottle {
    private var window = SlidingWindow(limit: 10, length: .seconds(10))
    private var last: (on: Bool, at: Duration)?

    /// - Parameter now: monotonic time.
    mutating func allows(_ on: Bool, at now: Duration) -> Bool {
        // Clients repeat themselves every 2 s; the network may bring two of these closer together.
        if let last, last.on == on, now - last.at < .milliseconds(1_500) { return false }
        guard window.take(at: now) else { return false }
        last = (on, now)
        return true
    }
}
