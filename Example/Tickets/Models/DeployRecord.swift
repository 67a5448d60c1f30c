// SPDX-License-Identifier: Apache-2.0

import Sluice

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The deployment of a ticket, which has one at most.
struct DeployRecord: Model {
    static let declaration = ModelDeclaration(
        "approval", "Deploy",
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true),
            .reference("ticket", to: "Ticket", onDelete: .cascade, unique: true, relatedName: "deploy"),
            FieldDeclaration("status", .char(20), index: true), FieldDeclaration("steps", .text),
        ])

    var id = 0
    var ticket: Ref<TicketRecord>
    var status: String
    /// All of the deployment, as JSON.
    var steps: String
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        ticket = try row.next()
        status = try row.next()
        steps = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(ticket)
        row.add(status)
        row.add(steps)
    }

    struct Fields: ModelFields {
        typealias Root = DeployRecord
        let path: FieldPath
        var ticket: TicketRecord.Fields { path.one("ticket") }
        var status: Expr<String> { path.column("status") }
        var steps: Expr<String> { path.column("steps") }
    }
}

extension DeployRecord {
    init(_ deployment: Deployment, of ticket: Ref<TicketRecord>) throws {
        self.ticket = ticket
        status = deployment.state.rawValue
        steps = String(decoding: try JSONEncoder().encode(deployment), as: UTF8.self)
    }

    func deployment() throws -> Deployment {
        try JSONDecoder().decode(Deployment.self, from: Data(steps.utf8))
    }
}
