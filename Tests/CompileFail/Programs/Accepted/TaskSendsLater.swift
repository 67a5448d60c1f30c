// SPDX-License-Identifier: Apache-2.0

// The safe form of a task that answers later: it takes the outbox along, not the consumer.
// expect-ok
import Sluice

final class Later: Consumer {
    override func receive(text: String) async throws {
        let outbox = outbox
        Task { try await outbox(.send(.text("later"))) }
    }
}
