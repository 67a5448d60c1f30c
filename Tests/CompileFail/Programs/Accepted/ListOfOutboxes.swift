// SPDX-License-Identifier: Apache-2.0

// The safe form of the list of connections: outboxes may be kept and used anywhere.
// expect-ok
import Sluice
import Synchronization

let connections = Mutex<[Send<WebSocket>]>([])

final class Chat: Consumer {
    override func connect() async throws {
        connections.withLock { [outbox] in $0.append(outbox) }
        try await super.connect()
    }

    override func receive(text: String) async throws {
        for outbox in connections.withLock({ $0 }) {
            try await outbox(.send(.text(text)))
        }
    }
}
