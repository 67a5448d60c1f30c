// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Example

@Suite("The approval engine")
struct TicketTests {
    private let staff = Staff(
        members: [.lead: ["lead1", "lead2"], .security: ["sec"], .database: ["dba1", "dba2"], .operations: ["ops"]],
        everyone: ["lead1", "lead2", "sec", "dba1", "dba2", "ops", "user"])

    private func ticket(_ kind: Ticket.Kind = .release, by user: String = "user") -> Ticket {
        Ticket.created(.init(kind: kind, title: "t", text: "", applicant: user), id: 1, at: "now", staff: staff).0
    }

    private func decide(
        _ ticket: inout Ticket, _ node: String, by user: String, reject: String? = nil, version: Int? = nil
    ) throws(TicketError) {
        let decision = Ticket.Decision(
            isApproval: reject == nil, node: node, comment: reject ?? "", version: version ?? ticket.version)
        _ = try ticket.decide(decision, by: user, at: "now", staff: staff)
    }

    private func states(_ ticket: Ticket) -> [String: Diagram.State] { ticket.steps.mapValues(\.state) }

    @Test(
        "a release: one lead, then security and all of the database side by side, then the gate, then it may be deployed"
    )
    func release() throws {
        var ticket = ticket()
        #expect(ticket.waitingFor == ["lead1", "lead2"])
        #expect(states(ticket)["start"] == .passed && states(ticket)["sec"] == .pending)
        try decide(&ticket, "lead", by: "lead2")
        #expect(ticket.waitingFor == ["dba1", "dba2", "sec"] && ticket.version == 2)
        try decide(&ticket, "dba", by: "dba1")
        #expect(states(ticket)["dba"] == .waiting && ticket.waitingFor == ["dba2", "sec"])
        try decide(&ticket, "sec", by: "sec")
        #expect(ticket.state == .open && states(ticket)["gate"] == .pending)
        try decide(&ticket, "dba", by: "dba2")
        #expect(ticket.state == .approved && states(ticket)["gate"] == .passed)
        #expect(states(ticket)["deploy"] == .waiting && ticket.waitingFor == [] && ticket.version == 5)
        for (deployment, state) in [
            (Deployment.State.running, Ticket.State.deploying), (.failed, .approved), (.running, .deploying),
            (.succeeded, .done),
        ] {
            let isChanged = ticket.follow(deployment, staff: staff)
            #expect(isChanged && ticket.state == state)
        }
        #expect(states(ticket).values.allSatisfy { $0 == .passed } && ticket.version == 9)
        let isChanged = ticket.follow(.running, staff: staff)
        #expect(!isChanged)
    }

    @Test("a request for access ends with security's word")
    func access() throws {
        var ticket = ticket(.access)
        try decide(&ticket, "lead", by: "lead1")
        try decide(&ticket, "sec", by: "sec")
        #expect(ticket.state == .done && states(ticket).values.allSatisfy { $0 == .passed })
    }

    @Test("a rejection needs a reason, ends the ticket, and what waited is skipped")
    func rejection() throws {
        var ticket = ticket()
        #expect(throws: TicketError.reasonNeeded) { try decide(&ticket, "lead", by: "lead1", reject: " \n") }
        try decide(&ticket, "lead", by: "lead1")
        try decide(&ticket, "dba", by: "dba1", reject: "no")
        #expect(ticket.state == .rejected)
        #expect(
            states(ticket)["dba"] == .failed && states(ticket)["sec"] == .skipped && states(ticket)["gate"] == .pending)
        #expect(throws: TicketError.conflict) { try decide(&ticket, "sec", by: "sec") }
        #expect(throws: TicketError.conflict) { try decide(&ticket, "dba", by: "dba2") }
    }

    @Test("who has no say is refused; who had it is told that it is too late")
    func refusals() throws {
        var ticket = ticket()
        for user in ["user", "sec", "ops", "nobody"] {
            #expect(throws: TicketError.forbidden) { try decide(&ticket, "lead", by: user) }
        }
        #expect(throws: TicketError.forbidden, "not yet") { try decide(&ticket, "sec", by: "sec") }
        #expect(throws: TicketError.conflict) { try decide(&ticket, "lead", by: "lead1", version: 0) }
        for node in ["start", "gate", "deploy", "done", "nothing", ""] {
            #expect(throws: TicketError.badInput) { try decide(&ticket, node, by: "lead1") }
        }
        try decide(&ticket, "lead", by: "lead1")
        for user in ["lead1", "lead2"] {
            #expect(throws: TicketError.conflict) { try decide(&ticket, "lead", by: user) }
        }
        #expect(throws: TicketError.forbidden) { try decide(&ticket, "lead", by: "sec") }
        try decide(&ticket, "dba", by: "dba1")
        #expect(throws: TicketError.conflict, "once is enough") { try decide(&ticket, "dba", by: "dba1") }
        let long = String(repeating: "字", count: 4_001)
        #expect(throws: TicketError.tooLong) { try decide(&ticket, "sec", by: "sec", reject: long) }
        #expect(ticket.version == 3)
    }

    @Test("nobody decides about the own ticket; where nobody is left the leads stand in")
    func ownTicket() throws {
        var own = ticket(by: "lead1")
        #expect(own.waitingFor == ["lead2"])
        #expect(throws: TicketError.forbidden) { try decide(&own, "lead", by: "lead1") }
        try decide(&own, "lead", by: "lead2")
        var security = ticket(.access, by: "sec")
        try decide(&security, "lead", by: "lead1")
        #expect(security.waitingFor == ["lead1", "lead2"])
    }

    @Test("a say can be handed on, but not to the applicant, to oneself or to one who has it")
    func delegation() throws {
        var ticket = ticket()
        #expect(ticket.delegates(for: "lead", staff: staff) == ["sec", "dba1", "dba2", "ops"])
        for other in ["user", "lead1", "lead2", "nobody"] {
            #expect(throws: TicketError.badInput) {
                try ticket.delegate("lead", from: "lead1", to: other, at: "", staff: staff)
            }
        }
        let entry = try ticket.delegate("lead", from: "lead1", to: "ops", at: "now", staff: staff)
        #expect(entry == .init(id: 2, action: .delegated, user: "lead1", node: "lead", to: "ops", at: "now"))
        #expect(ticket.waitingFor == ["lead2", "ops"])
        #expect(throws: TicketError.forbidden) { try decide(&ticket, "lead", by: "lead1") }
        #expect(throws: TicketError.forbidden) {
            try ticket.delegate("lead", from: "user", to: "sec", at: "", staff: staff)
        }
        try decide(&ticket, "lead", by: "ops")
        #expect(throws: TicketError.conflict) {
            try ticket.delegate("lead", from: "lead2", to: "sec", at: "", staff: staff)
        }
    }

    @Test("withdrawn by the applicant alone, submitted again as a new round")
    func rounds() throws {
        var ticket = ticket()
        try decide(&ticket, "lead", by: "lead1")
        #expect(throws: TicketError.forbidden) { try ticket.withdraw(by: "lead1", at: "") }
        #expect(throws: TicketError.conflict) { try ticket.resubmit(by: "user", at: "", staff: staff) }
        let entry = try ticket.withdraw(by: "user", at: "now")
        #expect(entry.action == .withdrawn && ticket.state == .withdrawn && states(ticket)["sec"] == .skipped)
        #expect(throws: TicketError.conflict) { try ticket.withdraw(by: "user", at: "") }
        #expect(throws: TicketError.forbidden) { try ticket.resubmit(by: "lead1", at: "", staff: staff) }
        _ = try ticket.resubmit(by: "user", at: "now", staff: staff)
        #expect(ticket.state == .open && ticket.round == 2 && ticket.version == 4)
        #expect(ticket.waitingFor == ["lead1", "lead2"] && states(ticket)["sec"] == .pending)
    }

    @Test("anybody may comment; each change is one version and one line")
    func comments() throws {
        var ticket = ticket()
        let entry = try ticket.comment("你好 <b>", by: "ops", at: "now")
        #expect(entry == .init(id: 2, action: .commented, user: "ops", text: "你好 <b>", at: "now"))
        #expect(throws: TicketError.badInput) { try ticket.comment(" \n", by: "ops", at: "") }
        while ticket.version < Ticket.versionLimit { _ = try ticket.comment("x", by: "ops", at: "") }
        #expect(throws: TicketError.full) { try ticket.comment("x", by: "ops", at: "") }
        try decide(&ticket, "lead", by: "lead1")
    }

    @Test("a draft has a title, and neither is longer than allowed")
    func drafts() throws {
        func draft(_ title: String, _ text: String) -> Ticket.Draft {
            .init(kind: .access, title: title, text: text, applicant: "user")
        }
        try draft("工单", "").check()
        try draft(String(repeating: "𠮷", count: 200), String(repeating: "𠮷", count: 4_000)).check()
        #expect(throws: TicketError.badInput) { try draft(" ", "").check() }
        #expect(throws: TicketError.tooLong) { try draft(String(repeating: "x", count: 201), "").check() }
        #expect(throws: TicketError.tooLong) { try draft("x", String(repeating: "x", count: 4_001)).check() }
    }
}
