// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A step of a ticket: `step.ticket`, and from the other side `ticket.steps`.
@Model(
    "approval", name: "Step", ordering: ["id"],
    constraints: [.unique(name: "approval_step_once", fields: ["ticket", "name"])])
struct StepRecord {
    @Reference(to: "Ticket", reverse: "steps") var ticket: Ref<TicketRecord>
    /// The step's key in the flow.
    @Column(max: 20) var name: String
    @Column(max: 20) var status: String
    @Reverse(by: "step") var approvers: RelatedSet<StepRecord, ApproverRecord>
}

/// One who may decide about a step: `step.approvers`.
@Model(
    "approval", name: "Approver", ordering: ["id"],
    constraints: [.unique(name: "approval_approver_once", fields: ["step", "user"])])
struct ApproverRecord {
    @Reference(to: "Step", reverse: "approvers") var step: Ref<StepRecord>
    @Column(max: 150, index: true) var user: String
    var hasAgreed: Bool
}
