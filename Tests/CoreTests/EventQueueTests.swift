// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization
import Testing

@Suite("Event queue", .timeLimit(.minutes(1)))
struct EventQueueTests {
    @Test("Events come in order; after the end the last one comes for ever and pushes are ignored")
    func order() async throws {
        let queue = EventQueue<Int>()
        #expect(queue.poll() == nil)
        for number in 1...3 { queue.push(number) }
        #expect(queue.count == 3)
        #expect(queue.finish(9))
        #expect(!queue.finish(10))
        queue.push(4)
        var taken: [Int] = []
        for _ in 0..<5 { taken.append(try await queue.next()) }
        #expect(taken == [1, 2, 3, 9, 9])
    }

    @Test("What waits can be discarded without ending the queue")
    func discard() {
        let queue = EventQueue<Int>()
        queue.push(1)
        queue.removeAll()
        #expect(queue.poll() == nil)
        queue.push(2)
        #expect(queue.poll() == 2)
    }

    @Test("A waiting task is woken by a push and by the end; a cancelled one throws")
    func waiting() async throws {
        let queue = EventQueue<Int>()
        let waiting = Task { try await queue.next() }
        queue.push(1)
        #expect(try await waiting.value == 1)
        let other = Task { try await queue.next() }
        other.cancel()
        await #expect(throws: CancellationError.self) { try await other.value }
        let last = Task { try await queue.next() }
        queue.finish(2)
        #expect(try await last.value == 2)
    }

    @Test("An event that waits is taken even by a cancelled task")
    func cancelledButThere() async throws {
        let queue = EventQueue<Int>()
        queue.push(1)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await queue.next()
        }
        #expect(try await task.value == 1)
    }

    @Test("Arming refuses while something is there, and several wakers are all woken")
    func arming() async {
        let queue = EventQueue<Int>()
        let (first, second) = (Waker(), Waker())
        #expect(queue.arm(first))
        #expect(queue.arm(first))
        #expect(queue.arm(second))
        queue.push(1)
        await first.waitUnlessCancelled()
        await second.waitUnlessCancelled()
        #expect(!queue.arm(first))
        #expect(queue.poll() == 1)
        #expect(queue.arm(first))
        queue.finish(2)
        await first.waitUnlessCancelled()
        #expect(!queue.arm(first))
    }

    @Test("The empty notice comes once, when the last event that waits is taken")
    func emptyNotice() {
        let calls = Counter()
        let queue = EventQueue<Int> { calls.count.withLock { $0 += 1 } }
        #expect(!queue.notifyWhenEmpty())
        queue.push(1)
        queue.push(2)
        #expect(queue.notifyWhenEmpty())
        _ = queue.poll()
        #expect(calls.count.withLock { $0 } == 0)
        _ = queue.poll()
        #expect(calls.count.withLock { $0 } == 1)
        queue.push(3)
        _ = queue.poll()
        #expect(calls.count.withLock { $0 } == 1)
    }

    @Test("Several producers and one consumer: nothing is lost, each producer's order stays")
    func producers() async throws {
        let queue = EventQueue<(Int, Int)>()
        await withTaskGroup(of: Void.self) { group in
            for producer in 0..<4 {
                group.addTask { for number in 0..<1_000 { queue.push((producer, number)) } }
            }
            group.addTask {
                var next = [0, 0, 0, 0]
                for _ in 0..<4_000 {
                    guard let (producer, number) = try? await queue.next() else { break }
                    #expect(next[producer] == number)
                    next[producer] = number + 1
                }
                #expect(next == [1_000, 1_000, 1_000, 1_000])
            }
        }
        #expect(queue.count == 0)
    }

    private final class Counter: Sendable {
        let count = Mutex(0)
    }
}
