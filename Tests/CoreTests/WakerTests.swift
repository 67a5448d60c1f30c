// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Testing

@Suite("Waker", .timeLimit(.minutes(1)))
struct WakerTests {
    @Test("A wake-up before the wait is kept, once")
    func kept() async {
        let waker = Waker()
        waker.wake()
        waker.wake()
        await waker.wait()
        // The second wake-up did not add up: only this one ends the next wait.
        let waiting = Task { await waker.wait() }
        waker.wake()
        await waiting.value
    }

    @Test("After a cancel no wait parks, and wake-ups change nothing")
    func cancel() async {
        let waker = Waker()
        #expect(!waker.isCancelled)
        let waiting = Task { await waker.wait() }
        waker.cancel()
        await waiting.value
        waker.wake()
        await waker.wait()
        await waker.wait()
        #expect(waker.isCancelled)
    }

    @Test("Ten thousand wake-ups from another task lose none")
    func handOver() async {
        let (there, back) = (Waker(), Waker())
        let echo = Task {
            for _ in 0..<10_000 {
                await there.wait()
                back.wake()
            }
        }
        for _ in 0..<10_000 {
            there.wake()
            await back.wait()
        }
        await echo.value
    }
}
