// SPDX-License-Identifier: Apache-2.0

/// How long a client has been at one message that it does not end.
struct MessageTime {
    /// When the message was first seen unfinished.
    private var since: UInt32?

    /// A message has ended, or none may be late.
    mutating func restart() { since = nil }

    /// Looks at the message in progress, once a second.
    ///
    /// - Parameters:
    ///   - limit: the seconds that it may take; 0: any number.
    ///   - second: the current second, of a coarse clock.
    /// - Returns: whether it takes too long.
    mutating func exceeds(_ limit: UInt32, in second: UInt32) -> Bool {
        guard limit > 0 else { return false }
        guard let since else {
            since = second
            return false
        }
        return second &- since >= limit
    }
}
