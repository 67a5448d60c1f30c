// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Whose code an event loop runs now: written by the loop with one store for each job, read by a ``LoopWatchdog``.
final class LoopOccupants: Sendable {
    private struct Reference: Sendable {
        weak let executor: ConnectionExecutor?
    }

    /// A count of jobs, and in its lower half the number of the executor whose job runs; 0 there while none does.
    private let current = Atomic<UInt64>(0)
    private let numbers = Atomic<UInt32>(0)
    private let executors = Mutex<[UInt32: Reference]>([:])

    // MARK: The loop

    func nextNumber() -> UInt32 {
        while true {
            let number = numbers.add(1, ordering: .relaxed).newValue
            if number != 0 { return number }
        }
    }

    func enter(_ executor: ConnectionExecutor) {
        executors.withLock { $0[executor.number] = Reference(executor: executor) }
    }

    func leave(_ number: UInt32) {
        executors.withLock { _ = $0.removeValue(forKey: number) }
    }

    /// A job of an executor begins.
    @inline(__always)
    func begin(_ number: UInt32) {
        // One writer: the loop's thread.
        let turn = (current.load(ordering: .relaxed) >> 32) &+ 1
        current.store(turn << 32 | UInt64(number), ordering: .relaxed)
    }

    /// The loop goes back to its sockets.
    func endTurn() {
        current.store(current.load(ordering: .relaxed) & ~0xFFFF_FFFF, ordering: .relaxed)
    }

    // MARK: The watchdog

    /// What runs now; 0 when nothing does. The same value twice is the same job.
    var job: UInt64 {
        let word = current.load(ordering: .relaxed)
        return word & 0xFFFF_FFFF == 0 ? 0 : word
    }

    /// Whose job it is; `nil` when the connection has gone.
    func executor(of job: UInt64) -> ConnectionExecutor? {
        executors.withLock { $0[UInt32(truncatingIfNeeded: job)]?.executor }
    }
}
