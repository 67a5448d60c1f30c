// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A line of a ticket's history: `ticket.entries`. Rows are inserted, and never changed.
@Model(
    "approval", name: "Entry", ordering: ["number"],
    constraints: [.unique(name: "approval_entry_once", fields: ["ticket", "number"])])
struct EntryRecord {
    @Reference(to: "Ticket", onDelete: .protect, reverse: "entries") var ticket: Ref<TicketRecord>
    /// The ticket's version from then on.
    @Column(.integer) var number: Int
    @Column(max: 20) var action: String
    @Column(max: 150) var user: String
    @Column(max: 20) var node: String?
    @Column(max: 150) var recipient: String?
    @Column(blank: true) var text: String
    @Column(max: 30) var at: String
}

extension EntryRecord {
    init(_ entry: Ticket.Entry, of ticket: Ref<TicketRecord>) {
        self.ticket = ticket
        (number, action, user, node) = (entry.id, entry.action.rawValue, entry.user, entry.node)
        (recipient, text, at) = (entry.to, entry.text, entry.at)
    }

    /// - Throws: ``StoreError`` `corrupt` for an action that there is not.
    func entry() throws -> Ticket.Entry {
        guard let action = Ticket.Entry.Action(rawValue: action) else {
            throw StoreError.corrupt("there is no action '\(action)'")
        }
        return Ticket.Entry(id: number, action: action, user: user, node: node, to: recipient, text: text, at: at)
    }
}
