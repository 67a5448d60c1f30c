// SPDX-License-Identifier: Apache-2.0

// `async let` starts a child task; the method would run beside the handler that waits for it.
import Sluice

final class Counter: Consumer {
    private var count = 0

    func increment() async -> Int {
        count += 1
        return count
    }

    override func receive(text: String) async throws {
        // expect-error: sending 'self' risks causing data races
        async let next = increment()
        count += 1
        try await send(text: "\(await next)")
    }
}
