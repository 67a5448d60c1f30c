// SPDX-License-Identifier: Apache-2.0

/// A dictionary that knows which of its entries was not used for the longest time.
///
/// Entries stand in one array and are linked by their places in it, so that using one allocates nothing.
struct LeastRecentlyUsed<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Node {
        var key: Key
        var value: Value
        /// Used after this one; -1 for the newest.
        var newer = -1
        /// Used before this one; -1 for the oldest.
        var older = -1
    }

    private var places: [Key: Int] = [:]
    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1

    var count: Int { places.count }

    /// The entry that was not used for the longest time.
    var leastRecent: (key: Key, value: Value)? {
        guard oldest >= 0, let node = nodes[oldest] else { return nil }
        return (node.key, node.value)
    }

    /// The value of a key, which counts as used by that.
    mutating func use(_ key: Key) -> Value? {
        guard let place = places[key], let value = nodes[place]?.value else { return nil }
        if place != newest {
            unlink(place)
            linkAsNewest(place)
        }
        return value
    }

    /// Sets a value, which counts as used by that.
    ///
    /// - Returns: the one before.
    @discardableResult
    mutating func set(_ key: Key, to value: Value) -> Value? {
        if let before = use(key) {
            nodes[newest]?.value = value
            return before
        }
        let place = free.popLast() ?? nodes.count
        let node = Node(key: key, value: value)
        if place == nodes.count { nodes.append(node) } else { nodes[place] = node }
        places[key] = place
        linkAsNewest(place)
        return nil
    }

    /// Takes an entry out.
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        unlink(place)
        defer { nodes[place] = nil }
        free.append(place)
        return nodes[place]?.value
    }

    private mutating func unlink(_ place: Int) {
        guard let node = nodes[place] else { return }
        if node.newer >= 0 { nodes[node.newer]?.older = node.older } else { newest = node.older }
        if node.older >= 0 { nodes[node.older]?.newer = node.newer } else { oldest = node.newer }
    }

    private mutating func linkAsNewest(_ place: Int) {
        nodes[place]?.older = newest
        nodes[place]?.newer = -1
        if newest >= 0 { nodes[newest]?.newer = place } else { oldest = place }
        newest = place
    }
}
