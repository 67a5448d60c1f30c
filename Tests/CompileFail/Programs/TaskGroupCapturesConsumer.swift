// SPDX-License-Identifier: Apache-2.0

// Child tasks run at the same time, also on the state of one consumer.
import Sluice

final class Counter: Consumer {
    private var count = 0

    override func receive(text: String) async throws {
        await withTaskGroup(of: Void.self) { group in
            // expect-error: passing closure as a 'sending' parameter risks causing data races
            group.addTask {
                self.count += 1
            }
            // expect-error: passing closure as a 'sending' parameter risks causing data races
            group.addTask {
                self.count += 1
            }
        }
    }
}
