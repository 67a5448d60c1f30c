// SPDX-License-Identifier: Apache-2.0

// What a timer or a callback keeps may run anywhere and at any time.
import Sluice

func later(_ work: @escaping @Sendable () -> Void) {}

final class Counter: Consumer {
    private var count = 0

    override func receive(text: String) async throws {
        later {
            // expect-error: capture of 'self' with non-Sendable type 'Counter' in a '@Sendable' closure
            self.count += 1
        }
    }
}
