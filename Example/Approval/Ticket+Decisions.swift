// SPDX-License-Identifier: Apache-2.0

/// What people do with a ticket. Each change makes the next version, and a line of the history.
extension Ticket {
    /// Longest title, and longest text, reason or comment, in Unicode scalars.
    static let (longestTitle, longestText) = (200, 4_000)
    /// Versions behind which only decisions are taken: a ticket does not grow for ever.
    static let versionLimit = 1_000

    struct Decision: Hashable, Sendable {
        var isApproval: Bool
        var node: String
        var comment: String
        /// What the one who decides has seen.
        var version: Int
    }

    /// Decides about a step.
    ///
    /// - Throws: `forbidden` for one who has no say in this step, `conflict` when it is decided or the ticket has changed
    ///   since it was seen.
    mutating func decide(_ decision: Decision, by user: String, at: String, staff: Staff) throws(TicketError) -> Entry {
        guard case .approval(let role, let quorum) = draft.kind.flow[decision.node]?.task,
            var step = steps[decision.node]
        else { throw .badInput }
        try Self.check(decision.comment)
        guard decision.isApproval || !decision.comment.allSatisfy(\.isWhitespace) else { throw .reasonNeeded }
        let approvers = step.state == .pending ? staff.approvers(role, of: applicant) : step.approvers
        guard user != applicant, approvers.contains(user) else { throw .forbidden }
        guard decision.version == version, state == .open else { throw .conflict }
        guard step.state != .pending else { throw .forbidden }
        guard step.deciders.contains(user) else { throw .conflict }
        step.approvals.append(user)
        if !decision.isApproval {
            step.state = .failed
        } else if quorum == .any || step.deciders.isEmpty {
            step.state = .passed
        }
        steps[decision.node] = step
        if decision.isApproval { advance(staff) } else { stop(as: .rejected) }
        return next(
            Entry(
                id: version + 1, action: decision.isApproval ? .approved : .rejected, user: user, node: decision.node,
                text: decision.comment, at: at))
    }

    /// Hands one's own say in a step to somebody else.
    mutating func delegate(
        _ node: String, from user: String, to other: String, at: String, staff: Staff
    ) throws(TicketError) -> Entry {
        guard var step = steps[node], staff.everyone.contains(other) else { throw .badInput }
        guard user != applicant, step.approvers.contains(user) else { throw .forbidden }
        guard step.deciders.contains(user) else { throw .conflict }
        guard other != applicant, !step.approvers.contains(other) else { throw .badInput }
        try checkSpace()
        step.approvers = step.approvers.map { $0 == user ? other : $0 }
        steps[node] = step
        return next(Entry(id: version + 1, action: .delegated, user: user, node: node, to: other, at: at))
    }

    /// Whom a user may hand the own say in a step to.
    func delegates(for node: String, staff: Staff) -> [String] {
        staff.everyone.filter { $0 != applicant && !(steps[node]?.approvers.contains($0) ?? false) }
    }

    mutating func comment(_ text: String, by user: String, at: String) throws(TicketError) -> Entry {
        guard !text.allSatisfy(\.isWhitespace) else { throw .badInput }
        try Self.check(text)
        try checkSpace()
        return next(Entry(id: version + 1, action: .commented, user: user, text: text, at: at))
    }

    mutating func withdraw(by user: String, at: String) throws(TicketError) -> Entry {
        guard user == applicant else { throw .forbidden }
        guard state == .open else { throw .conflict }
        stop(as: .withdrawn)
        return next(Entry(id: version + 1, action: .withdrawn, user: user, at: at))
    }

    /// Begins a new round; the history stays.
    mutating func resubmit(by user: String, at: String, staff: Staff) throws(TicketError) -> Entry {
        guard user == applicant else { throw .forbidden }
        guard canResubmit(user) else { throw .conflict }
        try checkSpace()
        round += 1
        begin(staff)
        return next(Entry(id: version + 1, action: .resubmitted, user: user, at: at))
    }

    /// - Throws: `too_long`; `bad_input` for the one character that not every database holds.
    private static func check(_ text: String) throws(TicketError) {
        guard !text.unicodeScalars.contains("\0") else { throw .badInput }
        guard text.unicodeScalars.count <= longestText else { throw .tooLong }
    }

    private func checkSpace() throws(TicketError) {
        guard version < Self.versionLimit else { throw .full }
    }

    private mutating func next(_ entry: Entry) -> Entry {
        version = entry.id
        return entry
    }
}

extension Ticket.Draft {
    /// - Throws: `bad_input` without a title, `too_long`.
    func check() throws(TicketError) {
        guard !title.allSatisfy(\.isWhitespace), !(title + text).unicodeScalars.contains("\0") else { throw .badInput }
        guard title.unicodeScalars.count <= Ticket.longestTitle, text.unicodeScalars.count <= Ticket.longestText else {
            throw .tooLong
        }
    }
}
