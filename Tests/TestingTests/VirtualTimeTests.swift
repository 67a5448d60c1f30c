// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Testing

@Suite("VirtualTime: a clock that a test turns")
struct VirtualTimeTests {
    @Test("stands still until it is turned; both clocks go together")
    func turns() {
        let time = VirtualTime(now: WallTime(seconds: 100, nanoseconds: 900_000_000))
        #expect(time.monotonic == .zero)
        time.advance(by: .milliseconds(1_250))
        #expect(time.monotonic == .milliseconds(1_250))
        #expect(time.now == WallTime(seconds: 102, nanoseconds: 150_000_000))
        time.setWallClock(WallTime(seconds: 5))
        #expect(time.now == WallTime(seconds: 5) && time.monotonic == .milliseconds(1_250))
    }

    @Test("sleepers wake in the order of their deadlines, and none before its time")
    func order() async throws {
        let time = VirtualTime()
        let woken = EventQueue<Int>()
        for (count, seconds) in [3, 1, 2].enumerated() {
            Task {
                try await time.sleep(for: .seconds(seconds))
                woken.push(seconds)
            }
            try await time.waitForSleepers(count + 1)
        }
        for seconds in 1...3 {
            time.advance(by: .milliseconds(999))
            #expect(woken.count == 0)
            time.advance(by: .milliseconds(1))
            #expect(try await woken.next(within: .seconds(5)) == seconds)
        }
        #expect(time.sleepers == 0)
    }

    @Test("a cancelled sleep throws at once and leaves nothing behind")
    func cancellation() async throws {
        let time = VirtualTime()
        let sleeping = Task { try await time.sleep(for: .seconds(1)) }
        try await time.waitForSleepers(1)
        sleeping.cancel()
        await #expect(throws: CancellationError.self) { try await sleeping.value }
        #expect(time.sleepers == 0)
        try await time.sleep(for: .zero)
    }
}
