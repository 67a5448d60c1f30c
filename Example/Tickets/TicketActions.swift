// SPDX-License-Identifier: Apache-2.0

import Sluice

/// What is done with a ticket, each by a POST of its own below `/tickets/<id>/`.
struct TicketAction: MethodView {
    /// What becomes of the ticket.
    typealias Act =
        @Sendable (
            _ ticket: inout Ticket, _ input: TicketInput, _ user: String, _ at: String, _ staff: Staff
        ) throws -> Ticket.Entry

    let act: Act

    var handlers: [MethodHandler] { [.post(run)] }

    func run(_ request: Request) async throws -> Response {
        let (id, user) = (try request.route["id", as: Int.self], request.user.name)
        return try await request.ticketAnswer { [act] input in
            let desk = try request.scope.tickets
            let staff = try await desk.staff()
            return try await desk.change(id, by: user, at: request.scope.connection.clock.monotonic) { value, at in
                try act(&value.ticket, input, user, at, staff)
            }
        } next: {
            "/tickets/\($0.id)/"
        } page: { error, input in
            try await TicketPage.page(request, error: error, input)
        }
    }

    static let decide = TicketAction { ticket, input, user, at, staff in
        try ticket.decide(input.decision(), by: user, at: at, staff: staff)
    }

    static let delegate = TicketAction { ticket, input, user, at, staff in
        try ticket.delegate(input["node"], from: user, to: input["to"], at: at, staff: staff)
    }

    static let comment = TicketAction { ticket, input, user, at, _ in
        try ticket.comment(input["comment"], by: user, at: at)
    }

    static let withdraw = TicketAction { ticket, _, user, at, _ in
        try ticket.withdraw(by: user, at: at)
    }

    static let resubmit = TicketAction { ticket, _, user, at, staff in
        try ticket.resubmit(by: user, at: at, staff: staff)
    }
}
