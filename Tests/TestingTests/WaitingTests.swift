// SPDX-License-Identifier: Apache-2.0

import SluiceTesting
import Synchronization
import Testing

@testable import SluiceCore

@Suite("Waiting on event sources with a limit")
struct WaitingTests {
    @Test("a wait that timed out takes nothing; the event comes to the next one")
    func nothingLost() async throws {
        let queue = EventQueue<Int>()
        #expect(try await queue.next(within: .milliseconds(5)) == nil)
        queue.push(1)
        #expect(try await queue.next(within: .milliseconds(5)) == 1)
    }

    @Test("many waits that time out leave nothing in the queue, and do not hide a later event")
    func abandonedWakers() async throws {
        let queue = EventQueue<Int>()
        for _ in 0..<100 { _ = try await queue.next(within: .microseconds(1)) }
        #expect(queue.state.withLock { $0.moreWakers.count } <= 1)
        let taking = Task { try await queue.next(within: .seconds(5)) }
        queue.push(7)
        #expect(try await taking.value == 7)
    }

    @Test("every waiting task is woken, and each event goes to one of them")
    func manyTakers() async throws {
        let queue = EventQueue<Int>()
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await queue.next(within: .seconds(5)) ?? -1_000 } }
            for number in 1...20 { queue.push(number) }
            return try await group.reduce(0, +)
        }
        #expect(sum == 210)
    }
}
