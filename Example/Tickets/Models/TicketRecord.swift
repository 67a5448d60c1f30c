// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A ticket's row. Its steps and its history refer to it: `ticket.steps`, `ticket.entries`.
@Model("approval", name: "Ticket", ordering: ["-id"])
struct TicketRecord {
    @Column(max: 20) var kind: String
    @Column(max: Ticket.longestTitle) var title: String
    @Column(blank: true) var text: String
    @Column(max: 150) var applicant: String
    @Column(max: 30) var at: String
    @Column(max: 20, index: true) var status: String
    @Column(.integer) var version: Int
    @Column(.integer) var round: Int
    @Reverse(by: "ticket") var steps: RelatedSet<TicketRecord, StepRecord>
    @Reverse(by: "ticket") var entries: RelatedSet<TicketRecord, EntryRecord>
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
