// SPDX-License-Identifier: Apache-2.0

// `@concurrent` leaves the connection's task; such a method gets values, not the consumer.
import Sluice

final class Counter: Consumer {
    private var count = 0

    @concurrent func countSlowly() async {
        count += 1
    }

    override func receive(text: String) async throws {
        // expect-error: sending 'self' risks causing data races
        await countSlowly()
    }
}
