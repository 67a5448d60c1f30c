// SPDX-License-Identifier: Apache-2.0

/// What somebody has applied for, and how far it is. How it changes is in the extensions; nothing here knows of pages or
/// stores.
struct Ticket: Codable, Hashable, Sendable {
    enum Kind: String, Codable, CaseIterable, Sendable {
        case release, access

        var flow: ApprovalFlow {
            switch self {
            case .release: .release
            case .access: .access
            }
        }
    }

    enum State: String, Codable, CaseIterable, Sendable {
        case open, approved, deploying, done, rejected, withdrawn
    }

    /// How far one step of the flow is.
    struct Step: Codable, Hashable, Sendable {
        var state = Diagram.State.pending
        /// Who may decide, once it is their turn.
        var approvers: [String] = []
        /// Those of them who have agreed.
        var approvals: [String] = []
    }

    /// What the applicant has written, with whatever the store adds.
    struct Draft: Codable, Hashable, Sendable {
        var kind: Kind
        var title: String
        var text: String
        var applicant: String
    }

    let id: Int
    let draft: Draft
    /// When it was created, as ISO 8601.
    let at: String
    var state = State.open
    /// Rises by one with every change.
    var version = 1
    /// How often it has been submitted.
    var round = 1
    /// By the keys of the flow.
    var steps: [String: Step] = [:]
}

extension Ticket {
    /// A ticket that has just been submitted, and the first line of its history.
    static func created(_ draft: Draft, id: Int, at: String, staff: Staff) -> (Ticket, Entry) {
        var ticket = Ticket(id: id, draft: draft, at: at)
        ticket.begin(staff)
        return (ticket, Entry(id: 1, action: .created, user: draft.applicant, at: at))
    }

    var applicant: String { draft.applicant }

    /// Who must decide now, sorted.
    var waitingFor: [String] {
        steps.values.reduce(into: Set()) { $0.formUnion($1.deciders) }.sorted()
    }

    /// The steps about which a user may decide now, in the order of the flow.
    func decidable(by user: String) -> [String] {
        draft.kind.flow.steps.map(\.key).filter { steps[$0]?.deciders.contains(user) ?? false }
    }

    func canWithdraw(_ user: String) -> Bool { user == applicant && state == .open }

    func canResubmit(_ user: String) -> Bool { user == applicant && [.rejected, .withdrawn].contains(state) }
}

extension Ticket.Step {
    /// Who may decide now. Deployments wait too, but nobody decides about them.
    var deciders: [String] {
        state == .waiting ? approvers.filter { !approvals.contains($0) } : []
    }
}

extension Ticket {
    /// A line of the history: never changed, never removed.
    struct Entry: Codable, Hashable, Sendable {
        enum Action: String, Codable, CaseIterable, Sendable {
            case created, approved, rejected, delegated, commented, withdrawn, resubmitted
        }

        /// The ticket's version from then on.
        let id: Int
        let action: Action
        let user: String
        /// The step that was decided about.
        var node: String?
        /// Whom it was handed to.
        var to: String?
        var text = ""
        let at: String
    }
}
