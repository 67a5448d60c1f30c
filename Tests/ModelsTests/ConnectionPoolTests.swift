// SPDX-License-Identifier: Apache-2.0

import SluiceModels
import Synchronization
import Testing

@Suite("Pool of links", .timeLimit(.minutes(1)))
struct ConnectionPoolTests {
    private func pool(_ size: Int, failures: Int = 0, patience: Duration = .seconds(60)) -> ConnectionPool<Int> {
        let count = Counter()
        return ConnectionPool(size: size, patience: patience) {
            let number = count.next()
            guard number > failures else { throw Refused() }
            return number
        }
    }

    private struct Refused: Error {}

    private final class Use: Sendable {
        let order = Mutex<[Int]>([])
        let now = Atomic(0)
        let most = Mutex(0)
    }

    private final class Counter: Sendable {
        private let value = Atomic(0)
        func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    }

    @Test("Links are used again; not more are made than the pool is large")
    func reuse() async throws {
        let pool = pool(2)
        let (one, two) = (try await pool.lease(), try await pool.lease())
        #expect([one, two] == [1, 2])
        pool.giveBack(one)
        #expect(try await pool.lease() == 1)
    }

    @Test("Who waits longest is next")
    func fair() async throws {
        let pool = pool(1)
        let link = try await pool.lease()
        let use = Use()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...5 {
                group.addTask {
                    let link = try await pool.lease()
                    use.order.withLock { $0.append(number) }
                    pool.giveBack(link)
                }
                while pool.waiting < number { await Task.yield() }
            }
            pool.giveBack(link)
            try await group.waitForAll()
        }
        #expect(use.order.withLock { $0 } == [1, 2, 3, 4, 5])
    }

    @Test("A thousand tasks on five links: no deadlock, and never more than five at once")
    func crowd() async throws {
        let pool = pool(5)
        let use = Use()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<1_000 {
                group.addTask {
                    let link = try await pool.lease()
                    let now = use.now.add(1, ordering: .relaxed).newValue
                    use.most.withLock { $0 = max($0, now) }
                    await Task.yield()
                    use.now.subtract(1, ordering: .relaxed)
                    pool.giveBack(link)
                }
            }
            try await group.waitForAll()
        }
        #expect(use.most.withLock { $0 } <= 5)
    }

    @Test("A broken link makes room: who waits opens another one")
    func broken() async throws {
        let pool = pool(1)
        let link = try await pool.lease()
        let waiting = Task { try await pool.lease() }
        while pool.waiting < 1 { await Task.yield() }
        pool.giveBack(link, isBroken: true)
        #expect(try await waiting.value == 2)
    }

    @Test("A link that cannot be opened takes no room")
    func refused() async throws {
        let pool = pool(1, failures: 2)
        for _ in 0..<2 { await #expect(throws: Refused.self) { try await pool.lease() } }
        #expect(try await pool.lease() == 3)
    }

    @Test("A task that is cancelled while it waits takes no link")
    func cancelled() async throws {
        let pool = pool(1)
        let link = try await pool.lease()
        let waiting = Task { try await pool.lease() }
        while pool.waiting < 1 { await Task.yield() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        pool.giveBack(link)
        #expect(try await pool.lease() == link)
    }

    @Test("Too long a wait is an error")
    func patience() async throws {
        let pool = pool(1, patience: .milliseconds(10))
        _ = try await pool.lease()
        await #expect(throws: ModelError.self) { try await pool.lease() }
    }
}
