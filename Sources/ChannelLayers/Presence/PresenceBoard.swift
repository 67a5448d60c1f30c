// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Who is where in all layers over one broker in memory: what a remote broker keeps in its store.
final class PresenceBoard: Sendable {
    private typealias Metadata = [[String: String]]
    /// For each key what each process says of it, in the order in which they came.
    private typealias Group = [String: [(process: ObjectIdentifier, metadata: Metadata)]]

    private let groups = Mutex<[GroupName: Group]>([:])

    /// - Returns: how the presence of each group has changed, where it has.
    func update(_ changes: [PresenceChange], of process: ObjectIdentifier) -> [PresenceDiff] {
        groups.withLock { groups in
            var diffs: [GroupName: PresenceDiff] = [:]
            for change in changes {
                var group = groups[change.group] ?? [:]
                let wasThere = group[change.key] != nil
                Self.update(&group, change, process)
                let isThere = group[change.key] != nil
                groups[change.group] = group.isEmpty ? nil : group
                guard wasThere != isThere else { continue }
                var diff = diffs[change.group] ?? PresenceDiff(group: change.group.rawValue, joined: [], left: [])
                if isThere {
                    diff.joined.append(PresenceEntry(key: change.key, metadata: change.metadata))
                } else {
                    diff.left.append(change.key)
                }
                diffs[change.group] = diff
            }
            return diffs.values.map { diff in
                PresenceDiff(
                    group: diff.group, joined: diff.joined.sorted { $0.key < $1.key }, left: diff.left.sorted())
            }
        }
    }

    private static func update(_ group: inout Group, _ change: PresenceChange, _ process: ObjectIdentifier) {
        var places = group[change.key] ?? []
        let index = places.firstIndex { $0.process == process }
        switch (index, change.metadata.isEmpty) {
        case (let index?, true): places.remove(at: index)
        case (let index?, false): places[index].metadata = change.metadata
        case (nil, false): places.append((process, change.metadata))
        case (nil, true): break
        }
        group[change.key] = places.isEmpty ? nil : places
    }

    func entries(_ group: GroupName) -> [PresenceEntry] {
        groups.withLock { groups in
            (groups[group] ?? [:]).map { PresenceEntry(key: $0.key, metadata: $0.value.flatMap(\.metadata)) }
                .sorted { $0.key < $1.key }
        }
    }

    func removeAll() {
        groups.withLock { $0 = [:] }
    }
}
