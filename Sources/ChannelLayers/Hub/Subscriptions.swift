// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Which topics a broker has been asked for: one subscription for each group that has members here, and one for its
/// presence where that was asked for.
///
/// Members come and go while a broker answers. All who join wait for the one subscription that is under way, and
/// share its failure; a group is asked for or given up only with a look at who is in it now.
final class Subscriptions: Sendable {
    private struct State {
        var held: Set<Topic> = []
        var pending: [Topic: Task<Void, any Error>] = [:]
    }

    private let broker: any Broker
    private let hub: Hub
    private let state = Mutex(State())

    init(_ broker: any Broker, _ hub: Hub) {
        self.broker = broker
        self.hub = hub
    }

    /// Returns when the topic's events come. Called when a member has been noted.
    ///
    /// - Throws: what the broker throws.
    func ensure(_ topic: Topic) async throws {
        let pending = state.withLock { state -> Task<Void, any Error>? in
            if state.held.contains(topic) { return nil }
            if let task = state.pending[topic] { return task }
            let task = Task { try await self.subscribe(topic) }
            state.pending[topic] = task
            return task
        }
        try await pending?.value
    }

    /// Gives up groups that have no members. Called when their last members have been taken out.
    func release(_ groups: [GroupName]) {
        guard !groups.isEmpty else { return }
        state.withLock { state in
            // Whoever has joined meanwhile found the subscription in place, and keeps it.
            let left = groups.filter { !hub.hasMembers($0) }
                .flatMap { [Topic.group($0), .presence($0)] }.filter { state.held.contains($0) }
            state.held.subtract(left)
            // Under the lock, so that it does not overtake the next subscription; brokers do not wait here.
            if !left.isEmpty { broker.unsubscribe(left) }
        }
    }

    private func subscribe(_ topic: Topic) async throws {
        do {
            try await broker.subscribe([topic])
        } catch {
            state.withLock { $0.pending[topic] = nil }
            throw error
        }
        state.withLock { state in
            state.pending[topic] = nil
            if hub.hasMembers(topic) {
                state.held.insert(topic)
            } else {
                broker.unsubscribe([topic])
            }
        }
    }
}

extension Hub {
    fileprivate func hasMembers(_ topic: Topic) -> Bool {
        switch topic {
        case .group(let name), .presence(let name): hasMembers(name)
        case .channel(let name): inbox(name) != nil
        }
    }
}
