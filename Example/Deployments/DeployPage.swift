// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// `/deploys/<id>/`: the deployment of a ticket.
struct DeployPage: MethodView {
    var handlers: [MethodHandler] { [.get(show)] }

    func show(_ request: Request) async throws -> Response {
        try await Self.page(request)
    }

    static func page(_ request: Request, error: TicketError? = nil) async throws -> Response {
        let value = try await request.ticketCase()
        guard let deployment = value.deployment else { throw HTTPError(.notFound) }
        let isOperator = try await request.scope.tickets.staff().has(request.user.name, .operations)
        var values = TicketLine(value.ticket, in: request.locale).values
        values["state"] = deployment.state.rawValue
        values["stateText"] = request.text("deployState.\(deployment.state)")
        values["isOperator"] = isOperator
        values["isReady"] = deployment.state == .ready
        values["isFailed"] = deployment.state == .failed
        values["failures"] = DeployPlan.canFail.map { ["key": $0.key, "name": DeployPlan.name(of: $0)] }
        values["diagram"] = request.values(of: deployment.diagram, name: request.text("deployment"))
        values["error"] = error.map { request.text($0) }
        return try request.page("deploy.html", values, status: error?.status ?? .ok)
    }
}

/// Starts a deployment, or goes on after a failure; for operations alone.
struct DeployAction: MethodView {
    typealias Act = @Sendable (inout Deployment, TicketInput) throws -> Void

    let act: Act

    var handlers: [MethodHandler] { [.post(run)] }

    func run(_ request: Request) async throws -> Response {
        let (id, user) = (try request.route["id", as: Int.self], request.user.name)
        return try await request.ticketAnswer { [act] input in
            let desk = try request.scope.tickets
            guard try await desk.staff().has(user, .operations) else { throw TicketError.forbidden }
            let change = try await desk.change(id, by: user, at: request.scope.connection.clock.monotonic) { value, _ in
                guard var deployment = value.deployment else { throw TicketError.conflict }
                try act(&deployment, input)
                value.deployment = deployment
                return nil
            }
            request.scope.state[DeployRunner.Key.self]?.begin(change.value.deployment?.running ?? [], of: id)
            return change
        } next: {
            "/deploys/\($0.id)/"
        } page: { error, _ in
            try await DeployPage.page(request, error: error)
        }
    }

    static let start = DeployAction { deployment, input in
        try deployment.start(failingAt: input["failure"] == "" ? nil : input["failure"])
    }

    static let retry = DeployAction { deployment, _ in
        try deployment.retry()
    }
}
