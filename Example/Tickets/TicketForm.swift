// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// `/tickets/new/`: a form, and the ticket that becomes of it.
struct TicketForm: MethodView {
    var handlers: [MethodHandler] { [.get(show), .post(submit)] }

    func show(_ request: Request) async throws -> Response {
        try page(request)
    }

    func submit(_ request: Request) async throws -> Response {
        try await request.ticketAnswer { input in
            let now = request.scope.connection.clock.monotonic
            return try await request.scope.tickets.submit(input.draft(by: request.user.name), at: now)
        } next: {
            "/tickets/\($0.id)/"
        } page: { error, input in
            try page(request, error: error, input)
        }
    }

    private func page(_ request: Request, error: TicketError? = nil, _ input: TicketInput? = nil) throws -> Response {
        var values: [String: any Sendable] = [
            "kinds": Ticket.Kind.allCases.map { kind -> [String: any Sendable] in
                [
                    "value": kind.rawValue, "name": request.text("kind.\(kind)"),
                    "isChosen": input?["kind"] == kind.rawValue,
                ]
            },
            "typedTitle": input?["title"] ?? "", "typedText": input?["text"] ?? "",
        ]
        values["error"] = error.map { request.text($0) }
        return try request.page("ticketform.html", values, status: error?.status ?? .ok)
    }
}
