// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The members of a group in this process, in a dense array.
///
/// One short lock orders a group's events: all members get them in the same order.
final class Group: Sendable {
    private struct State {
        var members: [Inbox] = []
        var indices: [ObjectIdentifier: Int] = [:]
        /// What came for members that still read the history; nearly always nobody.
        var held: [ObjectIdentifier: HeldEvents] = [:]
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.members.count } }
    var members: [Inbox] { state.withLock { $0.members } }

    /// Adds a member; adding it again changes nothing but whether what comes is kept back from it, until
    /// ``release(_:after:expiry:)``.
    func add(_ inbox: Inbox, holding: Bool) {
        state.withLock { state in
            // In one step with the joining: what came between would be there twice, in the history and in the inbox.
            if holding { state.held[ObjectIdentifier(inbox)] = HeldEvents(limit: inbox.budget.events) }
            guard state.indices[ObjectIdentifier(inbox)] == nil else { return }
            state.indices[ObjectIdentifier(inbox)] = state.members.count
            state.members.append(inbox)
        }
    }

    /// Removes a member, if it is one; the last member takes its place.
    func remove(_ inbox: Inbox) {
        state.withLock { state in
            guard let index = state.indices.removeValue(forKey: ObjectIdentifier(inbox)) else { return }
            state.held[ObjectIdentifier(inbox)] = nil
            let last = state.members.removeLast()
            guard last !== inbox else { return }
            state.members[index] = last
            state.indices[ObjectIdentifier(last)] = index
        }
    }

    /// Gives a member what was kept back and stands behind a position in the history. What it has read and comes only now
    /// is passed over.
    ///
    /// - Returns: how many the inbox did not take.
    func release(_ inbox: Inbox, after position: Position, expiry: Duration) -> Int {
        state.withLock { state in
            guard let events = state.held[ObjectIdentifier(inbox)]?.release(after: position) else { return 0 }
            var refused = state.held[ObjectIdentifier(inbox)]?.dropped ?? 0
            for (event, _) in events where inbox.offer(event, expiry: expiry) != .accepted { refused += 1 }
            return refused
        }
    }

    /// Whether an event is kept back from a member, or was read by it before.
    private static func isHeld(_ event: LayerEvent, _ expiry: Duration, _ member: Inbox, _ state: inout State) -> Bool {
        switch state.held[ObjectIdentifier(member)]?.decide(event, expiry) {
        case nil: return false
        case .kept, .passedOver: return true
        case .through where event.position != nil:
            state.held[ObjectIdentifier(member)] = nil
            return false
        case .through: return false
        }
    }

    /// Offers an event to every member, in one step for all senders.
    func deliver(_ event: LayerEvent, expiry: Duration, excluding: ChannelName?, into receipt: inout Receipt) {
        let message = event.broadcast
        let stalled = state.withLock { state in
            var stalled: [Inbox] = []
            for member in state.members where excluding == nil || member.name != excluding {
                if !state.held.isEmpty, Self.isHeld(event, expiry, member, &state) {
                    receipt.accepted += 1
                    continue
                }
                let outcome =
                    if let message { member.broadcast(message, event, expiry: expiry) } else {
                        member.offer(event, expiry: expiry)
                    }
                switch outcome {
                case .accepted: receipt.accepted += 1
                case .inboxFull: receipt.refused.inboxFull += 1
                case .stalled: stalled.append(member)
                case .wait: receipt.waiting.append(member)
                case .closed: break  // it is leaving at this moment
                }
            }
            return stalled
        }
        receipt.refused.stalled += stalled.count
        for member in stalled { member.applyPolicy() }
    }
}
