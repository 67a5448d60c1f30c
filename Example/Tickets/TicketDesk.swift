// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// What all pages about tickets share: the store, and who may do what.
final class TicketDesk: Sendable {
    /// Tickets that a list shows.
    static let listLimit = 100

    /// Where views and consumers find it.
    enum Key: LifespanStateKey {
        static var defaultValue: TicketDesk? { nil }
    }

    let store: TicketStore
    private let limiter = RateLimiter(limit: 300, window: .seconds(10))

    init(store: TicketStore) {
        self.store = store
    }

    /// Who does what at this moment.
    func staff() async throws -> Staff {
        try await store.databases.run { try await Staff.current() }
    }

    /// Submits a ticket.
    ///
    /// - Throws: ``TicketError``.
    func submit(_ draft: Ticket.Draft, at now: Duration) async throws -> TicketChange {
        try draft.check()
        try count(draft.applicant, at: now)
        return try await store.create(draft, staff: try await staff())
    }

    /// Changes a ticket for a user, with all that follows.
    ///
    /// - Throws: ``TicketError``; ``HTTPError`` 404 when there is no such ticket.
    func change(_ id: Int, by user: String, at now: Duration, _ body: @escaping TicketStore.Body) async throws
        -> TicketChange
    {
        try count(user, at: now)
        return try await change(id, body)
    }

    /// Changes a ticket because something has happened.
    func change(_ id: Int, _ body: @escaping TicketStore.Body) async throws -> TicketChange {
        let staff = try await staff()
        let change = try await store.change(id) { value, at in
            let entry = try body(&value, at)
            value.settle(staff)
            return entry
        }
        guard let change else { throw HTTPError(.notFound) }
        return change
    }

    /// - Throws: `rate_limited`.
    private func count(_ user: String, at now: Duration) throws(TicketError) {
        guard limiter.take(user, at: now) else { throw .rateLimited }
    }
}

extension Scope {
    /// The tickets of this server.
    ///
    /// - Throws: ``HTTPError`` 503 when the plug-in has not started.
    var tickets: TicketDesk {
        get throws {
            guard let desk = state[TicketDesk.Key.self] else {
                throw HTTPError(.serviceUnavailable, code: "no_tickets", "the tickets plug-in has not started")
            }
            return desk
        }
    }
}

extension Request {
    /// The ticket of the address.
    ///
    /// - Throws: ``HTTPError`` 404.
    func ticketCase() async throws -> TicketCase {
        guard let value = try await scope.tickets.store.find(route["id", as: Int.self]) else {
            throw HTTPError(.notFound)
        }
        return value
    }
}
