// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// The answers of what is done with tickets: for programs as JSON, for forms as pages.
struct TicketAnswer: Encodable {
    struct Summary: Encodable {
        let id: Int
        let state: Ticket.State
        let version: Int

        init(_ ticket: Ticket) {
            (id, state, version) = (ticket.id, ticket.state, ticket.version)
        }
    }

    var error: String?
    var ticket: Summary?
}

extension TicketError {
    var status: HTTPResponse.Status {
        switch kind {
        case .forbidden: .forbidden
        case .conflict: .conflict
        case .invalid: .unprocessableContent
        case .tooMuch: .tooManyRequests
        }
    }
}

extension Request {
    /// Does something, and answers a program by the ticket or by an error with the ticket as it is, a form by the way to
    /// a page or by the page again.
    ///
    /// - Parameter page: The page again, with what went wrong in words.
    func ticketAnswer(
        _ body: (TicketInput) async throws -> TicketChange, next: (Ticket) -> String,
        page: (TicketError, TicketInput?) async throws -> Response
    ) async throws -> Response {
        var input: TicketInput?
        do {
            let read = try await TicketInput(self)
            input = read
            let change = try await body(read)
            guard prefersJSON else { return try .redirect(to: next(change.ticket)) }
            return try .answer(TicketAnswer(ticket: .init(change.ticket)))
        } catch let error as TicketError {
            guard prefersJSON else { return try await page(error, input) }
            let ticket = error.kind == .conflict ? try await ticketCase().ticket : nil
            return try .answer(TicketAnswer(error: error.code, ticket: ticket.map { .init($0) }), status: error.status)
        } catch {
            guard prefersJSON else { throw error }
            return try JSONErrors.answer(to: error)
        }
    }

    /// What went wrong, in words.
    func text(_ error: TicketError) -> String { text("ticketError.\(error.code)") }
}
