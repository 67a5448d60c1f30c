// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization

/// Who is where in this process: channels by name, groups with their members. The local end of every layer.
///
/// A broker sees one subscription for each group that has members here, however many they are.
final class Hub: Sendable {
    private struct State {
        var channels: [ChannelName: Inbox] = [:]
        var groups: [GroupName: Group] = [:]
    }

    private let state = Mutex(State())
    private let clock: any TimeSource
    private let expiry: Duration
    let counters = LayerCounters()
    let health = HealthChanges()
    let presences = PresenceTable()

    init(clock: any TimeSource, expiry: Duration) {
        self.clock = clock
        self.expiry = expiry
    }

    func open(_ inbox: Inbox) {
        state.withLock { $0.channels[inbox.name] = inbox }
    }

    /// Takes a channel away and out of its groups.
    ///
    /// - Returns: groups that have no member here any more.
    func close(_ inbox: Inbox) -> [GroupName] {
        let groups = inbox.end()
        return state.withLock { state in
            state.channels[inbox.name] = nil
            return groups.filter { remove(inbox, from: $0, &state) }
        }
    }

    func inbox(_ name: ChannelName) -> Inbox? {
        state.withLock { $0.channels[name] }
    }

    /// - Parameter holding: keeps back from the member what comes, from its first moment on, until
    ///   ``Group/release(_:after:expiry:)``.
    /// - Returns: `false` when the channel has ended.
    func join(_ name: GroupName, _ inbox: Inbox, holding: Bool = false) -> Bool {
        state.withLock { state in
            guard inbox.join(name) else { return false }
            if let group = state.groups[name] {
                group.add(inbox, holding: holding)
                return true
            }
            let group = Group()
            group.add(inbox, holding: holding)
            state.groups[name] = group
            return true
        }
    }

    /// - Returns: whether the group has no member here any more.
    func leave(_ name: GroupName, _ inbox: Inbox) -> Bool {
        inbox.leave(name)
        return state.withLock { remove(inbox, from: name, &$0) }
    }

    /// The channels that are open.
    var inboxes: [Inbox] { state.withLock { Array($0.channels.values) } }

    /// The groups that have members here.
    var groupNames: [GroupName] { state.withLock { Array($0.groups.keys) } }

    func group(_ name: GroupName) -> Group? {
        state.withLock { $0.groups[name] }
    }

    /// Tells the members of a group that the broker has lost events; `nil`: perhaps.
    func missed(_ count: Int?, in name: GroupName) {
        guard let group = group(name) else { return }
        for member in group.members { member.miss(count) }
    }

    /// Whether a group has members here.
    func hasMembers(_ name: GroupName) -> Bool {
        state.withLock { $0.groups[name] != nil }
    }

    /// Hands an event to all members here.
    func deliver(_ event: LayerEvent, to name: GroupName, excluding: ChannelName?) -> Receipt {
        var receipt = Receipt()
        guard let group = state.withLock({ $0.groups[name] }) else { return receipt }
        group.deliver(event, expiry: clock.monotonic + expiry, excluding: excluding, into: &receipt)
        counters.add(receipt)
        return receipt
    }

    /// Hands an event to one channel here.
    ///
    /// - Returns: `nil` when the channel was closed at this moment.
    func deliver(_ event: LayerEvent, to inbox: Inbox) -> Receipt? {
        var receipt = Receipt()
        let expiry = clock.monotonic + expiry
        let outcome =
            if let message = event.broadcast { inbox.broadcast(message, event, expiry: expiry) } else {
                inbox.offer(event, expiry: expiry)
            }
        switch outcome {
        case .accepted: receipt.accepted = 1
        case .inboxFull: receipt.refused.inboxFull = 1
        case .stalled:
            receipt.refused.stalled = 1
            inbox.applyPolicy()
        case .wait: receipt.waiting = [inbox]
        case .closed: return nil
        }
        counters.add(receipt)
        return receipt
    }

    /// Forgets all groups and what waits; channels stay open.
    ///
    /// - Returns: the groups that had members.
    func flush() -> [GroupName] {
        state.withLock { state in
            defer { state.groups = [:] }
            for inbox in state.channels.values { inbox.reset() }
            return Array(state.groups.keys)
        }
    }

    var statistics: LayerStatistics {
        var statistics = LayerStatistics()
        state.withLock { state in
            statistics.groups = state.groups.count
            statistics.memberships = state.groups.values.reduce(0) { $0 + $1.count }
            statistics.channels = state.channels.count
        }
        counters.fill(&statistics)
        return statistics
    }

    private func remove(_ inbox: Inbox, from name: GroupName, _ state: inout State) -> Bool {
        guard let group = state.groups[name] else { return false }
        group.remove(inbox)
        guard group.count == 0 else { return false }
        state.groups[name] = nil
        return true
    }
}
