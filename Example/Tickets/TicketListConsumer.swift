// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The socket of the list of tickets.
final class TicketListConsumer: LiveConsumer {
    /// All open lists.
    static let group: GroupName = "tickets"

    override class var handlers: [Handler] { super.handlers + [.on(TicketListConsumer.listed)] }
    override class var groups: [GroupName] { [group] }
    /// Only a ticket's latest event counts, since each is answered by what is true then.
    override class var overflowPolicy: OverflowPolicy { .coalesce }

    override func welcome() async throws {
        try await send(LiveWelcomeFrame(user: user, heartbeatS: Heartbeat.interval))
        try await tellAll()
    }

    override func missed(_ gap: Gap) async throws {
        try await tellAll()
    }

    func listed(_ event: TicketListed) async throws {
        guard let ticket = try await scope.tickets.store.find(event.id)?.ticket else { return }
        try await send(
            TicketLineFrame(
                line: TicketLine(ticket, in: scope.locale), isWaiting: !ticket.decidable(by: user).isEmpty))
    }

    private func tellAll() async throws {
        let (desk, locale) = (try scope.tickets, scope.locale)
        let latest = try await desk.store.latest(TicketDesk.listLimit)
        let waiting = try await desk.store.waiting(for: user, limit: TicketDesk.listLimit)
        try await send(
            TicketListFrame(
                tickets: latest.map { TicketLine($0, in: locale) }, waiting: waiting.map { TicketLine($0, in: locale) })
        )
    }
}
