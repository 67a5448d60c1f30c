// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization

/// Who is where, for the channels of this process, and what of it the broker does not know yet.
final class PresenceTable: Sendable {
    private struct Tracked {
        var channel: ChannelName
        var metadata: [String: String]
    }

    private struct State {
        var groups: [GroupName: [String: [Tracked]]] = [:]
        /// The groups that a channel is in, each with the key it stands for there.
        var places: [ChannelName: [GroupName: String]] = [:]
        var changed: [GroupName: Set<String>] = [:]

        mutating func remove(_ name: GroupName, _ channel: ChannelName) {
            guard let key = places[channel]?.removeValue(forKey: name) else { return }
            if places[channel]?.isEmpty == true { places[channel] = nil }
            groups[name]?[key]?.removeAll { $0.channel == channel }
            if groups[name]?[key]?.isEmpty == true { groups[name]?[key] = nil }
            if groups[name]?.isEmpty == true { groups[name] = nil }
            changed[name, default: []].insert(key)
        }
    }

    private let state = Mutex(State())
    /// Called when the first change after ``takeChanges()`` is noted.
    private let onChange = Mutex<@Sendable () -> Void>({})

    /// Sets what is called, outside of all locks, when there is something for the broker.
    func notify(_ action: @escaping @Sendable () -> Void) {
        onChange.withLock { $0 = action }
    }

    func track(_ name: GroupName, _ channel: ChannelName, key: String, metadata: [String: String]) {
        change { state in
            state.remove(name, channel)
            state.groups[name, default: [:]][key, default: []].append(Tracked(channel: channel, metadata: metadata))
            state.places[channel, default: [:]][name] = key
            state.changed[name, default: []].insert(key)
        }
    }

    func untrack(_ name: GroupName, _ channel: ChannelName) {
        change { $0.remove(name, channel) }
    }

    /// Takes a channel out of everything.
    func forget(_ channel: ChannelName) {
        change { state in
            for name in state.places[channel].map({ Array($0.keys) }) ?? [] { state.remove(name, channel) }
        }
    }

    /// What the broker has to be told; from then on it counts as told.
    func takeChanges() -> [PresenceChange] {
        state.withLock { state in
            defer { state.changed = [:] }
            return state.changed.flatMap { name, keys in
                keys.map { key in
                    PresenceChange(
                        group: name, key: key, metadata: state.groups[name]?[key]?.map(\.metadata) ?? [])
                }
            }
        }
    }

    /// The broker was not told after all.
    func putBack(_ changes: [PresenceChange]) {
        state.withLock { state in
            for change in changes { state.changed[change.group, default: []].insert(change.key) }
        }
    }

    /// The broker has forgotten everything.
    func markAll() {
        let isNeeded = state.withLock { state in
            for (name, keys) in state.groups { state.changed[name, default: []].formUnion(keys.keys) }
            return !state.changed.isEmpty
        }
        if isNeeded { onChange.withLock { $0 }() }
    }

    func removeAll() {
        state.withLock { $0 = State() }
    }

    private func change(_ body: (inout State) -> Void) {
        let isFirst = state.withLock { state in
            let had = !state.changed.isEmpty
            body(&state)
            return !had && !state.changed.isEmpty
        }
        if isFirst { onChange.withLock { $0 }() }
    }
}
