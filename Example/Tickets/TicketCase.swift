// SPDX-License-Identifier: Apache-2.0

/// A ticket with its deployment, which change together.
struct TicketCase: Codable, Hashable, Sendable {
    var ticket: Ticket
    /// Once there is something to deploy.
    var deployment: Deployment?

    init(_ ticket: Ticket) {
        self.ticket = ticket
    }

    /// What follows from what has been done: an approved release has a deployment, which the ticket follows.
    mutating func settle(_ staff: Staff) {
        guard let deployment else {
            if ticket.state == .approved { self.deployment = Deployment() }
            return
        }
        _ = ticket.follow(deployment.state, staff: staff)
    }
}

/// A change that is stored.
struct TicketChange: Codable, Hashable, Sendable {
    var value: TicketCase
    /// The new line of the history, if there is one.
    var entry: Ticket.Entry?

    var ticket: Ticket { value.ticket }
}
