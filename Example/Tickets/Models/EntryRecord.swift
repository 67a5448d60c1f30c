// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A line of a ticket's history: `ticket.entries`. Rows are inserted, and never changed.
struct EntryRecord: Model {
    static let declaration = ModelDeclaration(
        "approval", "Entry", ordering: ["number"],
        constraints: [.unique(name: "approval_entry_once", fields: ["ticket", "number"])],
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true),
            .reference("ticket", to: "Ticket", onDelete: .protect, relatedName: "entries"),
            FieldDeclaration("number", .integer), FieldDeclaration("action", .char(20)),
            FieldDeclaration("user", .char(150)), FieldDeclaration("node", .char(20), null: true),
            FieldDeclaration("recipient", .char(150), null: true), FieldDeclaration("text", .text, blank: true),
            FieldDeclaration("at", .char(30)),
        ])

    var id = 0
    var ticket: Ref<TicketRecord>
    /// The ticket's version from then on.
    var number: Int
    var action: String
    var user: String
    var node: String?
    var recipient: String?
    var text: String
    var at: String
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        ticket = try row.next()
        number = try row.next()
        action = try row.next()
        user = try row.next()
        node = try row.next()
        recipient = try row.next()
        text = try row.next()
        at = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(ticket)
        row.add(number)
        row.add(action)
        row.add(user)
        row.add(node)
        row.add(recipient)
        row.add(text)
        row.add(at)
    }

    struct Fields: ModelFields {
        typealias Root = EntryRecord
        let path: FieldPath
        var ticket: TicketRecord.Fields { path.one("ticket") }
        var number: Expr<Int> { path.column("number") }
    }
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
