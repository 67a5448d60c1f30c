// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// The socket of a ticket's page: how it stands, its diagram, and what is new in its history.
final class TicketConsumer: DiagramConsumer {
    override class var handlers: [Handler] { super.handlers + [.on(TicketConsumer.changed)] }

    /// What the client has.
    private var version = 0

    private var id: Int { get throws { try scope.route["id", as: Int.self] } }

    override func connect() async throws {
        guard try await scope.tickets.store.find(try id) != nil else { throw DenyConnection(status: .notFound) }
        version = (try? FormFields(parsing: scope.queryString)["since"]).flatMap { Int($0) } ?? 0
        try await channelLayer.groupAdd(TicketChange.group(of: try id), channelName)
        try await super.connect()
    }

    override func welcome() async throws {
        try await super.welcome()
        try await tellAll()
    }

    override func diagram() async throws -> Diagram {
        guard let ticket = try await ticket() else { return try await super.diagram() }
        return ticket.diagram(in: scope.locale)
    }

    override func missed(_ gap: Gap) async throws {
        try await super.missed(gap)
        try await tellAll()
    }

    func changed(_ event: TicketChanged) async throws {
        let ticket = event.change.ticket
        guard ticket.version > version else { return }
        // Events of several processes may overtake each other; in the store everything is in order.
        guard ticket.version == version + 1 else {
            if let ticket = try await self.ticket() { try await show(ticket.diagram(in: scope.locale)) }
            return try await tellAll()
        }
        try await show(ticket.diagram(in: scope.locale))
        try await tell(ticket, event.change.entry.map { [$0] } ?? [])
    }

    private func ticket() async throws -> Ticket? {
        try await scope.tickets.store.find(try id)?.ticket
    }

    private func tellAll() async throws {
        guard let ticket = try await ticket() else { return }
        try await tell(ticket, scope.tickets.store.history(of: try id, after: version))
    }

    private func tell(_ ticket: Ticket, _ history: [Ticket.Entry]) async throws {
        version = ticket.version
        let staff = try await scope.tickets.staff()
        try await send(TicketFrame(ticket, history: history, for: user, staff: staff, in: scope.locale))
    }
}
