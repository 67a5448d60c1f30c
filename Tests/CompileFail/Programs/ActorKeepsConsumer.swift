// SPDX-License-Identifier: Apache-2.0

// An actor would call the consumer from its own executor while the connection's task runs an event.
import Sluice

actor Registry {
    private var members: [Consumer] = []

    func add(_ consumer: Consumer) {
        members.append(consumer)
    }
}

let registry = Registry()

final class Chat: Consumer {
    override func connect() async throws {
        // expect-error: sending value of non-Sendable type 'Chat' risks causing data races
        await registry.add(self)
    }
}
