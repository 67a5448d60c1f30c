// SPDX-License-Identifier: Apache-2.0

/// This process's end of a broker: hands what came to the members that are here. Any thread calls it.
public struct BrokerSink: Sendable {
    let hub: Hub
    private var isOpen: (@Sendable () -> Bool)?

    init(hub: Hub) {
        self.hub = hub
    }

    /// The same end behind a gate, for tests of faults: what comes while the gate is shut is lost.
    public func gated(_ isOpen: @escaping @Sendable () -> Bool) -> BrokerSink {
        var sink = self
        sink.isOpen = isOpen
        return sink
    }

    /// Hands an event of this process's own sender to its members of a topic, and says what they took.
    public func deliver(_ event: LayerEvent, to topic: Topic, excluding: ChannelName? = nil) -> Receipt {
        if let isOpen, !isOpen() { return Receipt() }
        return switch topic {
        case .group(let name), .presence(let name): hub.deliver(event, to: name, excluding: excluding)
        case .channel(let name): hub.inbox(name).flatMap { hub.deliver(event, to: $0) } ?? Receipt()
        }
    }

    /// The same for an event of another process, whose sender nobody can let wait.
    public func receive(_ event: LayerEvent, to topic: Topic, excluding: ChannelName? = nil) {
        var receipt = deliver(event, to: topic, excluding: excluding)
        refuseWaiting(&receipt)
    }

    /// Counts the members for which a sender would have to wait, and does not, as refused.
    public func refuseWaiting(_ receipt: inout Receipt) {
        guard !receipt.waiting.isEmpty else { return }
        for inbox in receipt.waiting { inbox.refuse() }
        hub.counters.inboxFull(receipt.waiting.count)
        receipt.refused.inboxFull += receipt.waiting.count
        receipt.waiting = []
    }

    /// Tells members of these topics by a gap that events are lost.
    ///
    /// - Parameter count: how many; `nil` when that is not known, and perhaps none.
    public func missed(in topics: [Topic], count: Int?) {
        for topic in topics {
            switch topic {
            case .group(let name): hub.missed(count, in: name)
            case .channel(let name): hub.inbox(name)?.miss(count)
            case .presence: break
            }
        }
    }

    /// Tells all members of all groups by a gap that events may be lost.
    public func missedEverywhere() {
        for group in hub.groupNames { hub.missed(nil, in: group) }
    }

    /// Tells consumers and ``ChannelLayer/healthChanges`` that the broker is lost or back.
    public func healthChanged(_ health: LayerHealth) {
        hub.health.change(to: health)
        for inbox in hub.inboxes { inbox.healthChanged(health) }
    }

    /// Counts an event that came to nothing before any member saw it, such as `undecodable` or `broker_down`.
    public func dropped(_ count: Int = 1, reason: String) {
        hub.counters.dropped(count, reason: reason)
    }

    /// Asks the layer to say again what this process stands for, because the broker has forgotten it.
    public func restorePresence() {
        hub.presences.markAll()
    }
}
