// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The users in a room as one of its sockets knows them: sorted, each once.
struct People: Hashable {
    private(set) var names: [String] = []

    init() {}

    /// - Parameter entries: sorted, as a layer gives them.
    init(_ entries: [PresenceEntry]) {
        names = entries.map(\.key)
    }

    /// Takes a change in, also one that is known already.
    ///
    /// - Returns: whether anything has changed.
    mutating func apply(_ diff: PresenceDiff) -> Bool {
        var changed = false
        for name in diff.left {
            guard case (let index, true) = place(of: name) else { continue }
            names.remove(at: index)
            changed = true
        }
        for entry in diff.joined {
            guard case (let index, false) = place(of: entry.key) else { continue }
            names.insert(entry.key, at: index)
            changed = true
        }
        return changed
    }

    /// Where a name is, or belongs.
    private func place(of name: String) -> (index: Int, isThere: Bool) {
        var (low, high) = (0, names.count)
        while low < high {
            let middle = (low + high) / 2
            if names[middle] < name { low = middle + 1 } else { high = middle }
        }
        return (low, low < names.count && names[low] == name)
    }
}
