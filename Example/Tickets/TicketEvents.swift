// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A ticket or its deployment has changed.
struct TicketChanged: ChannelEvent {
    static let type = "tickets.changed"
    var change: TicketChange
}

/// A line of the list has changed; lists look at the store.
struct TicketListed: ChannelEvent {
    static let type = "tickets.listed"
    var id: Int
    var coalescingKey: String? { "\(id)" }
}

extension TicketChange {
    /// All who look at a ticket, or at its deployment.
    static func group(of id: Int) -> GroupName { "ticket.\(id)" }

    /// Tells all pages.
    func announce(on layer: any ChannelLayer) async {
        // A broken layer tells its health; whoever missed an event is told by its gap.
        _ = try? await layer.groupSend(Self.group(of: ticket.id), TicketChanged(change: self))
        _ = try? await layer.groupSend(TicketListConsumer.group, TicketListed(id: ticket.id))
    }
}
