// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A ticket's row. Its steps and its history refer to it: `ticket.steps`, `ticket.entries`.
struct TicketRecord: Model {
    static let declaration = ModelDeclaration(
        "approval", "Ticket", ordering: ["-id"],
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("kind", .char(20)),
            FieldDeclaration("title", .char(Ticket.longestTitle)), FieldDeclaration("text", .text, blank: true),
            FieldDeclaration("applicant", .char(150)), FieldDeclaration("at", .char(30)),
            FieldDeclaration("status", .char(20), index: true), FieldDeclaration("version", .integer),
            FieldDeclaration("round", .integer),
        ])

    var id = 0
    var kind: String
    var title: String
    var text: String
    var applicant: String
    var at: String
    var status: String
    var version: Int
    var round: Int
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    var steps: RelatedSet<Self, StepRecord> { related("steps", by: "ticket") }
    var entries: RelatedSet<Self, EntryRecord> { related("entries", by: "ticket") }

    init(row: inout ModelRow) throws {
        id = try row.next()
        kind = try row.next()
        title = try row.next()
        text = try row.next()
        applicant = try row.next()
        at = try row.next()
        status = try row.next()
        version = try row.next()
        round = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(kind)
        row.add(title)
        row.add(text)
        row.add(applicant)
        row.add(at)
        row.add(status)
        row.add(version)
        row.add(round)
    }

    struct Fields: ModelFields {
        typealias Root = TicketRecord
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var status: Expr<String> { path.column("status") }
        var version: Expr<Int> { path.column("version") }
        var round: Expr<Int> { path.column("round") }
        var steps: ToMany<StepRecord> { path.many("steps", back: "ticket") }
        var entries: ToMany<EntryRecord> { path.many("entries", back: "ticket") }
    }
}

extension TicketRecord {
    /// A row for a ticket that has none yet.
    init(_ ticket: Ticket) {
        kind = ticket.draft.kind.rawValue
        title = ticket.draft.title
        text = ticket.draft.text
        applicant = ticket.applicant
        at = ticket.at
        status = ticket.state.rawValue
        version = ticket.version
        round = ticket.round
    }

    /// The ticket of the row.
    ///
    /// - Throws: ``StoreError`` `corrupt` for a kind or a state that there is not.
    func ticket(_ steps: [String: Ticket.Step] = [:]) throws -> Ticket {
        guard let kind = Ticket.Kind(rawValue: kind), let status = Ticket.State(rawValue: status) else {
            throw StoreError.corrupt("ticket \(id) is of a kind or in a state that there is not")
        }
        return Ticket(
            id: id, draft: .init(kind: kind, title: title, text: text, applicant: applicant), at: at, state: status,
            version: version, round: round, steps: steps)
    }
}
