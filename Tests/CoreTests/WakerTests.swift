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
        await waker.waitUnlessCancelled()
        // The second wake-up did not add up: only this one ends the next wait.
        async let waiting: Void = waker.waitUnlessCancelled()
        waker.wake()
        await waiting
    }

    @Test("After a cancel no wait parks, and wake-ups change nothing")
    func cancel() async {
        let waker = Waker()
        #expect(!waker.isCancelled)
        async let waiting: Void = waker.waitUnlessCancelled()
        waker.cancel()
        await waiting
        waker.wake()
        await waker.waitUnlessCancelled()
        await waker.waitUnlessCancelled()
        #expect(waker.isCancelled)
    }

    @Test("Ten thousand wake-ups from another task lose none")
    func handOver() async {
        let (there, back) = (Waker(), Waker())
        async let echo: Void = {
            for _ in 0..<10_000 {
                await there.waitUnlessCancelled()
                back.wake()
            }
        }()
        for _ in 0..<10_000 {
            there.wake()
            await back.waitUnlessCancelled()
        }
        await echo
    }
}

extension Waker {
    /// Waits so that the suite's time limit ends it: a lost wake-up is a failure, not a hang.
    func waitUnlessCancelled() async {
        await withTaskCancellationHandler {
            await wait()
        } onCancel: {
            cancel()
        }
    }
}
