// SPDX-License-Identifier: Apache-2.0

import Sluice

/// How a ticket stands, and what of it is for this user.
struct TicketFrame: ServerFrame {
    let type = "ticket"
    var id: Int
    var state: Ticket.State
    var version: Int
    var waitingFor: [String]
    /// What is new in the history.
    var history: [EntryMembers]
    /// The steps about which this user may decide now, and whom the say may be handed to.
    var decidable: [String]
    var delegates: [String]
    var canWithdraw: Bool
    var canResubmit: Bool

    init(_ ticket: Ticket, history: [Ticket.Entry], for user: String, staff: Staff, in locale: SiteLocale) {
        (id, state, version, waitingFor) = (ticket.id, ticket.state, ticket.version, ticket.waitingFor)
        self.history = history.map { EntryMembers($0, in: locale) }
        decidable = ticket.decidable(by: user)
        delegates = ticket.delegateChoices(of: user, staff: staff)
        canWithdraw = ticket.canWithdraw(user)
        canResubmit = ticket.canResubmit(user)
    }
}

/// A line of the history in a frame.
struct EntryMembers: Encodable, Sendable {
    var id: Int
    var action: Ticket.Entry.Action
    var user: String
    var node: String?
    var to: String?
    var text: String
    var at: String
    /// What was done, in words.
    var what: String

    init(_ entry: Ticket.Entry, in locale: SiteLocale) {
        (id, action, user, node) = (entry.id, entry.action, entry.user, entry.node)
        (to, text, at, what) = (entry.to, entry.text, entry.at, entry.words(in: locale))
    }
}

/// How a deployment stands.
struct DeployFrame: ServerFrame {
    let type = "deploy"
    var id: Int
    var state: Deployment.State
}

/// A list of tickets as one user sees it, whole.
struct TicketListFrame: ServerFrame {
    let type = "tickets"
    var tickets: [TicketLine]
    var waiting: [TicketLine]
}

/// A ticket that is new in a list or has changed there.
struct TicketLineFrame: ServerFrame {
    let type = "listed"
    var line: TicketLine
    /// Whether the user must decide about it.
    var isWaiting: Bool
}

/// A line of a list.
struct TicketLine: Encodable, Sendable {
    var id: Int
    var title: String
    var kind: String
    var state: Ticket.State
    /// The state in words.
    var stateText: String
    var applicant: String
    var at: String

    init(_ ticket: Ticket, in locale: SiteLocale) {
        (id, title, state, applicant, at) = (ticket.id, ticket.draft.title, ticket.state, ticket.applicant, ticket.at)
        kind = locale.text("kind.\(ticket.draft.kind)")
        stateText = locale.text("ticketState.\(ticket.state)")
    }
}

extension Ticket.Entry {
    /// What was done, in words: "agreed: Security".
    func words(in locale: SiteLocale) -> String {
        locale.text(
            node == nil ? "action.\(action)" : "action.\(action)Step",
            ["step": node.map { locale.text("step.\($0)") } ?? "", "to": to ?? ""])
    }
}

extension Ticket {
    /// Whom a user may hand the own say to, in all steps where there is one.
    func delegateChoices(of user: String, staff: Staff) -> [String] {
        let steps = decidable(by: user)
        guard let first = steps.first else { return [] }
        return delegates(for: first, staff: staff).filter { name in
            steps.allSatisfy { delegates(for: $0, staff: staff).contains(name) }
        }
    }
}
