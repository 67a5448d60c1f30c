// SPDX-License-Identifier: Apache-2.0

/// Where the last messages are by user and `cid`, so that one that is sent again is recognized. Bounded: a client that
/// was away repeats what it has not seen acknowledged, and that is not long ago.
struct RecentMessages {
    private let limit: Int
    private var offsets: [Message.Key: Int] = [:]
    private var ring: [Message.Key] = []
    private var oldest = 0

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { offsets.count }

    /// Byte offset of the message's line.
    subscript(key: Message.Key) -> Int? { offsets[key] }

    mutating func append(_ key: Message.Key, offset: Int) {
        guard offsets.updateValue(offset, forKey: key) == nil else { return }
        if ring.count < limit {
            ring.append(key)
        } else {
            offsets[ring[oldest]] = nil
            ring[oldest] = key
            oldest = (oldest + 1) % limit
        }
    }
}
