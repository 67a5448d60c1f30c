// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Which groups a broker has been asked for: one subscription for each group that has members here.
///
/// Members come and go while a broker answers. All who join wait for the one subscription that is under way, and
/// share its failure; a group is asked for or given up only with a look at who is in it now.
final class Subscriptions: Sendable {
    private struct State {
        var held: Set<GroupName> = []
        var pending: [GroupName: Task<Void, any Error>] = [:]
    }

    private let broker: any Broker
    private let hub: Hub
    private let state = Mutex(State())

    init(_ broker: any Broker, _ hub: Hub) {
        self.broker = broker
        self.hub = hub
    }

    /// Returns when the group's events come. Called when a member has been noted.
    ///
    /// - Throws: what the broker throws.
    func ensure(_ group: GroupName) async throws {
        let pending = state.withLock { state -> Task<Void, any Error>? in
            if state.held.contains(group) { return nil }
            if let task = state.pending[group] { return task }
            let task = Task { try await self.subscribe(group) }
            state.pending[group] = task
            return task
        }
        try await pending?.value
    }

    /// Gives up groups that have no members. Called when their last members have been taken out.
    func release(_ groups: [GroupName]) {
        guard !groups.isEmpty else { return }
        state.withLock { state in
            // Whoever has joined meanwhile found the subscription in place, and keeps it.
            let left = groups.filter { state.held.contains($0) && !hub.hasMembers($0) }
            state.held.subtract(left)
            // Under the lock, so that it does not overtake the next subscription; brokers do not wait here.
            if !left.isEmpty { broker.unsubscribe(left.map(Topic.group)) }
        }
    }

    private func subscribe(_ group: GroupName) async throws {
        do {
            try await broker.subscribe([.group(group)])
        } catch {
            state.withLock { $0.pending[group] = nil }
            throw error
        }
        state.withLock { state in
            state.pending[group] = nil
            if hub.hasMembers(group) {
                state.held.insert(group)
            } else {
                broker.unsubscribe([.group(group)])
            }
        }
    }
}
