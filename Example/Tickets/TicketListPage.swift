// SPDX-License-Identifier: Apache-2.0

import Sluice

/// `/tickets/`: what waits for the reader, and the newest tickets.
struct TicketListPage: MethodView {
    var handlers: [MethodHandler] { [.get(show)] }

    func show(_ request: Request) async throws -> Response {
        let store = try request.scope.tickets.store
        let waiting = try await store.waiting(for: request.user.name, limit: TicketDesk.listLimit)
        let latest = try await store.latest(TicketDesk.listLimit)
        return try request.page(
            "tickets.html",
            [
                "waiting": waiting.map { TicketLine($0, in: request.locale).values },
                "tickets": latest.map { TicketLine($0, in: request.locale).values },
            ])
    }
}

extension TicketLine {
    /// The values of the template `ticketline.html`.
    var values: [String: any Sendable] {
        [
            "id": id, "title": title, "kind": kind, "state": state.rawValue, "stateText": stateText,
            "applicant": applicant, "at": at, "time": at.shownTime,
        ]
    }
}

extension String {
    /// A time in ISO 8601 as pages show it before a script does.
    var shownTime: String { prefix(16).replacing("T", with: " ") + " UTC" }
}
