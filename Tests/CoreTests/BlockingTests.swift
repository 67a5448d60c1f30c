// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import Testing

@testable import SluiceCore

@Suite("Blocking code on a pool")
struct BlockingTests {
    @Test("Results and errors come back")
    func results() async throws {
        #expect(try await blocking { 6 * 7 } == 42)
        await #expect(throws: RoutingError.self) { try await blocking { throw RoutingError(.noRoute, "x") } }
    }

    @Test("No more calls run at once than the pool has threads, and all of them run")
    func limited() async throws {
        let pool = BlockingPool(threads: 3, waiting: 1_000)
        let running = Gauge()
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await pool.run {
                        running.enter()
                        usleep(100)
                        running.leave()
                        return 1
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(done == 200)
        #expect(running.most <= 3)
    }

    @Test("A call over the limit is refused, one that is cancelled while it waits does not run")
    func refused() async throws {
        let pool = BlockingPool(threads: 1, waiting: 1)
        let isOpen = Flag()
        let hasEntered = Flag()
        let first = Task {
            try await pool.run {
                hasEntered.raise()
                while !isOpen.isUp { usleep(1_000) }
            }
        }
        while !hasEntered.isUp { await Task.yield() }
        let hasRun = Flag()
        let second = Task { try await pool.run { hasRun.raise() } }
        while pool.waitingCalls == 0 { await Task.yield() }
        await #expect(throws: BlockingError.self) { try await pool.run {} }
        second.cancel()
        isOpen.raise()
        try await first.value
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(!hasRun.isUp)
    }
}

private final class Flag: Sendable {
    private let flag = Atomic<Bool>(false)

    var isUp: Bool { flag.load(ordering: .relaxed) }

    func raise() {
        flag.store(true, ordering: .relaxed)
    }
}

private final class Gauge: Sendable {
    private let state = Mutex((now: 0, most: 0))

    var most: Int { state.withLock { $0.most } }

    func enter() {
        state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
    }

    func leave() {
        state.withLock { $0.now -= 1 }
    }
}
