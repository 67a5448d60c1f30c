// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The members of a group in this process, in a dense array.
///
/// One short lock orders a group's events: all members get them in the same order.
final class Group: Sendable {
    private struct State {
        var members: [Inbox] = []
        var indices: [ObjectIdentifier: Int] = [:]
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.members.count } }

    /// Adds a member; adding it again changes nothing.
    func add(_ inbox: Inbox) {
        state.withLock { state in
            guard state.indices[ObjectIdentifier(inbox)] == nil else { return }
            state.indices[ObjectIdentifier(inbox)] = state.members.count
            state.members.append(inbox)
        }
    }

    /// Removes a member, if it is one; the last member takes its place.
    func remove(_ inbox: Inbox) {
        state.withLock { state in
            guard let index = state.indices.removeValue(forKey: ObjectIdentifier(inbox)) else { return }
            let last = state.members.removeLast()
            guard last !== inbox else { return }
            state.members[index] = last
            state.indices[ObjectIdentifier(last)] = index
        }
    }

    /// Offers an event to every member, in one step for all senders.
    func deliver(_ event: LayerEvent, expiry: Duration, excluding: ChannelName?, into receipt: inout Receipt) {
        let message = event.broadcast
        let stalled = state.withLock { state in
            var stalled: [Inbox] = []
            for member in state.members where excluding == nil || member.name != excluding {
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
