// SPDX-License-Identifier: Apache-2.0

// The list of connections that every chat tutorial keeps: consumers may not leave their connection's task.
import Sluice
import Synchronization

let connections = Mutex<[Consumer]>([])

final class Chat: Consumer {
    override func connect() async throws {
        connections.withLock {
            $0.append(self)
            // expect-error: 'inout sending' parameter '\$0' cannot be task-isolated at end of function
        }
    }
}
