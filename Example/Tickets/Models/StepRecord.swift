// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A step of a ticket: `step.ticket`, and from the other side `ticket.steps`.
struct StepRecord: Model {
    static let declaration = ModelDeclaration(
        "approval", "Step", ordering: ["id"],
        constraints: [.unique(name: "approval_step_once", fields: ["ticket", "name"])],
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true),
            .reference("ticket", to: "Ticket", onDelete: .cascade, relatedName: "steps"),
            FieldDeclaration("name", .char(20)), FieldDeclaration("status", .char(20)),
        ])

    var id = 0
    var ticket: Ref<TicketRecord>
    /// The step's key in the flow.
    var name: String
    var status: String
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    var approvers: RelatedSet<Self, ApproverRecord> { related("approvers", by: "step") }

    init(ticket: Ref<TicketRecord>, name: String, status: String) {
        (self.ticket, self.name, self.status) = (ticket, name, status)
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        ticket = try row.next()
        name = try row.next()
        status = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(ticket)
        row.add(name)
        row.add(status)
    }

    struct Fields: ModelFields {
        typealias Root = StepRecord
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var ticket: TicketRecord.Fields { path.one("ticket") }
        var name: Expr<String> { path.column("name") }
        var status: Expr<String> { path.column("status") }
        var approvers: ToMany<ApproverRecord> { path.many("approvers", back: "step") }
    }
}

/// One who may decide about a step: `step.approvers`.
struct ApproverRecord: Model {
    static let declaration = ModelDeclaration(
        "approval", "Approver", ordering: ["id"],
        constraints: [.unique(name: "approval_approver_once", fields: ["step", "user"])],
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true),
            .reference("step", to: "Step", onDelete: .cascade, relatedName: "approvers"),
            FieldDeclaration("user", .char(150), index: true), FieldDeclaration("hasAgreed", .boolean),
        ])

    var id = 0
    var step: Ref<StepRecord>
    var user: String
    var hasAgreed: Bool
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(step: Ref<StepRecord>, user: String, hasAgreed: Bool) {
        (self.step, self.user, self.hasAgreed) = (step, user, hasAgreed)
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        step = try row.next()
        user = try row.next()
        hasAgreed = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(step)
        row.add(user)
        row.add(hasAgreed)
    }

    struct Fields: ModelFields {
        typealias Root = ApproverRecord
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var step: StepRecord.Fields { path.one("step") }
        var user: Expr<String> { path.column("user") }
        var hasAgreed: Expr<Bool> { path.column("hasAgreed") }
    }
}
