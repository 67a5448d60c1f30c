// SPDX-License-Identifier: Apache-2.0

/// The last messages of a room by their ids: enough to count what a user has not read.
struct RoomTrail: Sendable {
    /// Nobody is told of more unread messages than this.
    static let idLimit = 1_000

    /// Rising; at most twice the limit.
    private var ids: [Int] = []
    /// Messages, the forgotten ones too.
    private(set) var count = 0
    /// When the last one was stored, as ISO 8601.
    private(set) var lastAt = ""

    var lastID: Int { ids.last ?? 0 }

    mutating func append(_ message: Message) {
        if ids.count == 2 * Self.idLimit { ids.removeFirst(Self.idLimit) }
        ids.append(message.id)
        count += 1
        lastAt = message.at
    }

    /// Messages behind an id, counted up to ``idLimit``.
    func unread(after mark: Int) -> Int {
        var (low, high) = (0, ids.count)
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] <= mark { low = middle + 1 } else { high = middle }
        }
        return min(ids.count - low, Self.idLimit)
    }
}
