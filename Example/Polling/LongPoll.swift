// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// `/home/poll/`: answers when there is something new, or when the time is over.
///
/// An application and not a view, because it must see its client go: while it waits it listens to the connection's
/// events. A held poll costs no more than its request's own task, parked. The frame of this function is a part of that, so
/// what is needed before the wait and behind it stands in functions that have returned then, or are not called yet.
struct LongPoll: Application {
    func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
        guard let poll = try await begin(scope, receive, send) else { return }
        await poll.wait()
        // To a client that has gone it goes nowhere, and throws.
        try await poll.answer(to: send)
    }

    /// - Returns: `nil` for a poll that is refused, and has been answered.
    @inline(never)
    private func begin(_ scope: Scope, _ receive: Receive<HTTP>, _ send: Send<HTTP>) async throws -> HeldPoll? {
        do {
            try await scope.aside {
                try await Request(scope: scope, receive: receive).noteReading(of: Polling.room)
            }
            return try HeldPoll(scope, receive)
        } catch {
            try await JSONErrors.answer(to: error).send(to: send, answering: scope.method)
            return nil
        }
    }
}
