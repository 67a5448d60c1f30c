// SPDX-License-Identifier: Apache-2.0

// A task beside the connection's own would race with the next event.
import Sluice

final class Counter: Consumer {
    private var count = 0

    override func receive(text: String) async throws {
        // expect-error: passing closure as a 'sending' parameter risks causing data races
        Task {
            self.count += 1
        }
    }
}
