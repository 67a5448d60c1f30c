// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization

/// Who is where, for the channels of this process.
final class PresenceTable: Sendable {
    fileprivate struct Tracked {
        var channel: ChannelName
        var metadata: [String: String]
    }

    fileprivate struct Group {
        var present: [String: [Tracked]] = [:]
        var announced: Set<String> = []
        var isScheduled = false
    }

    private struct State {
        var groups: [GroupName: Group] = [:]
        /// The groups that a channel is in, each with the key it stands for there.
        var places: [ChannelName: [GroupName: String]] = [:]
    }

    private let state = Mutex(State())

    /// - Returns: whether a change has to be announced soon (the first one of a burst).
    func track(_ name: GroupName, _ channel: ChannelName, key: String, metadata: [String: String]) -> Bool {
        state.withLock { state in
            var group = state.groups[name] ?? Group()
            if let before = state.places[channel]?[name] { group.remove(channel, from: before) }
            group.present[key, default: []].append(Tracked(channel: channel, metadata: metadata))
            state.places[channel, default: [:]][name] = key
            defer { state.groups[name] = group }
            return group.schedule()
        }
    }

    /// - Returns: whether a change has to be announced soon.
    func untrack(_ name: GroupName, _ channel: ChannelName) -> Bool {
        state.withLock { state in
            guard let key = state.places[channel]?.removeValue(forKey: name), var group = state.groups[name] else {
                return false
            }
            if state.places[channel]?.isEmpty == true { state.places[channel] = nil }
            group.remove(channel, from: key)
            defer { state.groups[name] = group }
            return group.schedule()
        }
    }

    /// Takes a channel out of everything.
    ///
    /// - Returns: groups whose change has to be announced soon.
    func forget(_ channel: ChannelName) -> [GroupName] {
        let names = state.withLock { $0.places[channel].map { Array($0.keys) } ?? [] }
        return names.filter { untrack($0, channel) }
    }

    func entries(_ name: GroupName) -> [PresenceEntry] {
        state.withLock { $0.groups[name]?.entries { _ in true } ?? [] }
    }

    /// What has changed since the last announcement; `nil` for nothing.
    func takeDiff(_ name: GroupName) -> PresenceDiff? {
        state.withLock { state in
            guard var group = state.groups[name] else { return nil }
            let keys = Set(group.present.keys)
            let joined = keys.subtracting(group.announced)
            let left = group.announced.subtracting(keys).sorted()
            group.announced = keys
            group.isScheduled = false
            let entries = group.entries { joined.contains($0) }
            state.groups[name] = keys.isEmpty ? nil : group
            return joined.isEmpty && left.isEmpty
                ? nil : PresenceDiff(group: name.rawValue, joined: entries, left: left)
        }
    }

    func removeAll() {
        state.withLock { $0 = State() }
    }
}

extension PresenceTable.Group {
    fileprivate mutating func remove(_ channel: ChannelName, from key: String) {
        present[key]?.removeAll { $0.channel == channel }
        if present[key]?.isEmpty == true { present[key] = nil }
    }

    fileprivate mutating func schedule() -> Bool {
        defer { isScheduled = true }
        return !isScheduled
    }

    fileprivate func entries(where isWanted: (String) -> Bool) -> [PresenceEntry] {
        present.filter { isWanted($0.key) }
            .map { PresenceEntry(key: $0.key, metadata: $0.value.map(\.metadata)) }
            .sorted { $0.key < $1.key }
    }
}
