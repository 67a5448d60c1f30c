// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A thread that runs jobs one after the other: an executor for work that blocks.
package final class ConnectionThread: TaskExecutor {
    private let queue = JobQueue()

    package init() {
        let queue = queue
        let box = Unmanaged.passRetained(queue)
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let status = pthread_create(&thread, nil, Self.main, box.toOpaque())
        precondition(status == 0, "the system gives no more threads")
        #if canImport(Darwin)
        if let thread { pthread_detach(thread) }
        #else
        pthread_detach(thread)
        #endif
    }

    #if canImport(Darwin)
    private static let main: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { context in
        Unmanaged<JobQueue>.fromOpaque(context).takeRetainedValue().work()
        return nil
    }
    #else
    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        if let context { Unmanaged<JobQueue>.fromOpaque(context).takeRetainedValue().work() }
        return nil
    }
    #endif

    package func enqueue(_ job: consuming ExecutorJob) {
        queue.add(UnownedJob(job), for: asUnownedTaskExecutor())
    }

    /// Runs a block on the thread.
    package func run<T: Sendable>(_ block: @Sendable () throws -> T) async throws -> T {
        try await withTaskExecutorPreference(self) { try await Self.here(block) }
    }

    /// Not isolated to anything, so that it runs where its executor says.
    @concurrent
    private static func here<T: Sendable>(_ block: @Sendable () throws -> T) async throws -> T { try block() }

    /// Ends the thread after the jobs that it has.
    package func stop() { queue.stop() }
}

/// Jobs for a thread, in the order of their arrival.
private final class JobQueue: Sendable {
    private struct State {
        var jobs: [(job: UnownedJob, executor: UnownedTaskExecutor)] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let signal = Semaphore()

    func add(_ job: UnownedJob, for executor: UnownedTaskExecutor) {
        state.withLock { $0.jobs.append((job, executor)) }
        signal.post()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        signal.post()
    }

    func work() {
        while true {
            signal.wait()
            let (jobs, isStopped) = state.withLock { state in
                defer { state.jobs.removeAll(keepingCapacity: true) }
                return (state.jobs, state.isStopped)
            }
            for (job, executor) in jobs { job.runSynchronously(on: executor) }
            if isStopped, jobs.isEmpty { return }
        }
    }
}

/// Counts wake-ups of a thread (POSIX `sem_t`).
///
/// `@unchecked Sendable`: `sem_post` and `sem_wait` may be called by any thread.
private final class Semaphore: @unchecked Sendable {
    private let handle: UnsafeMutablePointer<sem_t>

    init() {
        handle = .allocate(capacity: 1)
        sem_init(handle, 0, 0)
    }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    func post() { sem_post(handle) }

    func wait() { while sem_wait(handle) != 0 {} }
}
