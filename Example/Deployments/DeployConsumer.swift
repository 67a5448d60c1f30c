// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// The socket of a deployment's page.
final class DeployConsumer: DiagramConsumer {
    override class var handlers: [Handler] { super.handlers + [.on(DeployConsumer.changed)] }

    /// What the client has been told.
    private var state: Deployment.State?

    private var id: Int { get throws { try scope.route["id", as: Int.self] } }

    override func connect() async throws {
        guard try await deployment() != nil else { throw DenyConnection(status: .notFound) }
        try await channelLayer.groupAdd(TicketChange.group(of: try id), channelName)
        try await super.connect()
    }

    override func welcome() async throws {
        try await super.welcome()
        if let deployment = try await deployment() { try await tell(deployment) }
    }

    override func diagram() async throws -> Diagram {
        guard let deployment = try await deployment() else { return try await super.diagram() }
        return deployment.diagram
    }

    override func missed(_ gap: Gap) async throws {
        try await super.missed(gap)
        if let deployment = try await deployment() { try await tell(deployment) }
    }

    func changed(_ event: TicketChanged) async throws {
        guard let deployment = event.change.value.deployment else { return }
        guard try await show(deployment.diagram) else { return }
        try await tell(deployment)
    }

    private func deployment() async throws -> Deployment? {
        try await scope.tickets.store.find(try id)?.deployment
    }

    private func tell(_ deployment: Deployment) async throws {
        guard deployment.state != state else { return }
        state = deployment.state
        try await send(DeployFrame(id: try id, state: deployment.state))
    }
}
