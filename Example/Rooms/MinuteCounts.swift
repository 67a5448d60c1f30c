// SPDX-License-Identifier: Apache-2.0

/// How many messages each of the last minutes has seen. The clock may jump: what is asked for is looked up by name.
struct MinuteCounts: Sendable {
    /// The minutes that are remembered.
    static let limit = 64

    /// In the order in which they were seen.
    private var minutes: [(name: String, count: Int)] = []

    /// Counts a message.
    ///
    /// - Parameter time: ISO 8601, of which the part up to the minute counts: `2026-01-02T03:04`.
    mutating func add(at time: String) {
        let name = String(time.prefix(16))
        if let last = minutes.indices.last, minutes[last].name == name {
            minutes[last].count += 1
        } else {
            if minutes.count == Self.limit { minutes.removeFirst() }
            minutes.append((name, 1))
        }
    }

    subscript(name: String) -> Int {
        minutes.reduce(0) { $1.name == name ? $0 + $1.count : $0 }
    }
}
