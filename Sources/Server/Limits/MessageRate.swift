// SPDX-License-Identifier: Apache-2.0

/// Counts what a client sends in a second of its loop's clock.
struct MessageRate {
    private var second: UInt32 = 0
    private var count: UInt32 = 0

    /// Counts one more; says whether that is more than the limit allows, 0 for any number.
    mutating func exceeds(_ limit: UInt32, in now: UInt32) -> Bool {
        guard limit > 0 else { return false }
        if second != now { (second, count) = (now, 0) }
        count += 1
        return count > limit
    }
}
