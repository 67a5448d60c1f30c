// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Dispatch
import Synchronization

/// Threads for code that blocks: a limited number of them, and a limited number of calls that wait for one.
public final class BlockingPool: Sendable {
    private struct State {
        var waiting = Deque<@Sendable () -> Void>()
        var running = 0
    }

    /// The pool of the process: 64 threads, 10,000 waiting calls.
    public static let shared = BlockingPool(threads: 64, waiting: 10_000)

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "sluice.blocking", attributes: .concurrent)
    private let threads: Int
    private let waiting: Int

    /// A pool of its own.
    ///
    /// - Parameters:
    ///   - threads: how many calls run at once; threads are made when they are needed.
    ///   - waiting: how many more may wait; over it a call throws.
    public init(threads: Int, waiting: Int) {
        self.threads = max(1, threads)
        self.waiting = waiting
    }

    /// Runs a function on a thread of the pool, first come, first served.
    ///
    /// - Throws: what the function throws, ``BlockingError`` when too many calls wait, `CancellationError` when the
    ///   task is cancelled before a thread was free; a function that runs is not interrupted.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let isCancelled = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isTaken = submit {
                    guard !isCancelled.isSet else { return continuation.resume(throwing: CancellationError()) }
                    continuation.resume(with: Swift.Result { try body() })
                }
                if !isTaken { continuation.resume(throwing: BlockingError()) }
            }
        } onCancel: {
            isCancelled.set()
        }
    }

    /// Calls that wait for a thread.
    var waitingCalls: Int { state.withLock { $0.waiting.count } }

    private func submit(_ call: @escaping @Sendable () -> Void) -> Bool {
        let (isTaken, startsThread) = state.withLock { state -> (Bool, Bool) in
            if state.running < threads {
                state.running += 1
                state.waiting.append(call)
                return (true, true)
            }
            guard state.waiting.count < waiting else { return (false, false) }
            state.waiting.append(call)
            return (true, false)
        }
        if startsThread { queue.async { self.work() } }
        return isTaken
    }

    private func work() {
        while true {
            let call = state.withLock { state -> (@Sendable () -> Void)? in
                let call = state.waiting.popFirst()
                if call == nil { state.running -= 1 }
                return call
            }
            guard let call else { return }
            call()
        }
    }
}

/// Too many blocking calls wait already.
public struct BlockingError: ApplicationError, Hashable, CustomStringConvertible {
    /// For the log.
    public var description: String { "too many blocking calls wait for a thread" }

    /// Overloaded: 503, 1013.
    public var disposition: ErrorDisposition { .overloaded }
}

private final class CancellationFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() {
        flag.store(true, ordering: .relaxed)
    }
}

/// Runs code that blocks (files, C libraries, long computations) on a pool of threads, so that it delays nobody else on
/// the event loop: `let text = try await blocking { try readFile(path) }`.
///
/// - Throws: what the code throws, ``BlockingError`` when too many calls wait (10,000), `CancellationError` when the
///   task is cancelled before a thread was free; code that runs is not interrupted.
public func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await BlockingPool.shared.run(body)
}
