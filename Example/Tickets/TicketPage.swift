// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// `/tickets/<id>/`: how a ticket stands, before any script runs.
struct TicketPage: MethodView {
    var handlers: [MethodHandler] { [.get(show)] }

    func show(_ request: Request) async throws -> Response {
        try await Self.page(request)
    }

    /// The page, with what went wrong and what was typed.
    static func page(
        _ request: Request, error: TicketError? = nil, _ input: TicketInput? = nil
    ) async throws -> Response {
        let (value, desk) = (try await request.ticketCase(), try request.scope.tickets)
        let (ticket, user) = (value.ticket, request.user.name)
        let history = try await desk.store.history(of: ticket.id)
        let steps = ticket.decidable(by: user)
        var values: [String: any Sendable] = TicketLine(ticket, in: request.locale).values
        values["text"] = ticket.draft.text
        values["version"] = ticket.version
        values["diagram"] = request.values(of: ticket.diagram(in: request.locale), name: request.text("approvalFlow"))
        values["steps"] = steps.map { ["key": $0, "name": request.text("step.\($0)")] }
        values["allSteps"] = ticket.draft.kind.flow.steps.map {
            ["key": $0.key, "name": request.text("step.\($0.key)")]
        }
        values["canDecide"] = !steps.isEmpty
        values["oneStep"] = steps.count < 2
        values["delegates"] = ticket.delegateChoices(of: user, staff: try await desk.staff())
        values["canWithdraw"] = ticket.canWithdraw(user)
        values["canResubmit"] = ticket.canResubmit(user)
        values["hasDeployment"] = value.deployment != nil
        values["waitingFor"] = ticket.waitingFor.joined(separator: ", ")
        values["history"] = history.map { $0.values(in: request.locale) }
        values["typed"] = input?["comment"] ?? ""
        values["error"] = error.map { request.text($0) }
        return try request.page("ticket.html", values, status: error?.status ?? .ok)
    }
}

extension Ticket.Entry {
    /// The values of the template `entry.html`.
    func values(in locale: SiteLocale) -> [String: any Sendable] {
        [
            "id": id, "action": action.rawValue, "user": user, "what": words(in: locale), "text": text, "at": at,
            "time": at.shownTime,
        ]
    }
}
