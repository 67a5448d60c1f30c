// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// A thread's worth of execution for an actor whose methods block: they delay neither an event loop nor Swift's pool.
final class BlockingExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
