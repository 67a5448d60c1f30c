// SPDX-License-Identifier: Apache-2.0

#if HTTP2
/// The streams that a client has opened last, and whether it has ended its half of them: what it says on those later is
/// an error of its own kind (RFC 9113 §5.1), while a stream that it skipped was never there (§5.1.1).
struct RecentStreams {
    /// How many are remembered.
    static let capacity = 32

    private var entries: [(id: Int32, hasEnded: Bool)] = []
    private var next = 0

    /// A stream is opened.
    mutating func open(_ id: Int32) {
        if entries.count < Self.capacity {
            entries.append((id, false))
        } else {
            entries[next] = (id, false)
            next = (next + 1) % Self.capacity
        }
    }

    /// The client ends its half of a stream, or all of it.
    mutating func end(_ id: Int32) {
        if let index = entries.lastIndex(where: { $0.id == id }) { entries[index].hasEnded = true }
    }

    /// Whether the client is known to have ended its half.
    func hasEnded(_ id: Int32) -> Bool {
        entries.last { $0.id == id }?.hasEnded ?? false
    }
}
#endif
