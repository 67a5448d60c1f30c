// SPDX-License-Identifier: Apache-2.0

import Sluice

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The deployment of a ticket, which has one at most.
@Model("approval", name: "Deploy")
struct DeployRecord {
    @Reference(to: "Ticket", unique: true, reverse: "deploy") var ticket: Ref<TicketRecord>
    @Column(max: 20, index: true) var status: String
    /// All of the deployment, as JSON.
    var steps: String
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
