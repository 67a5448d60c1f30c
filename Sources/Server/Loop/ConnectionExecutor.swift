// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization

/// Runs one connection's task, and the tasks that it makes, on the connection's event loop.
///
/// One for each connection, so that the loop knows whose code it runs: see ``LoopWatchdog``.
final class ConnectionExecutor: DeputyExecutor {
    let loop: EventLoopExecutor
    /// Its number among the executors of its loop; never 0.
    let number: UInt32
    private let served = Mutex((scheme: "", path: ""))

    init(_ loop: EventLoopExecutor) {
        self.loop = loop
        number = loop.occupants.nextNumber()
        loop.occupants.enter(self)
    }

    deinit {
        loop.occupants.leave(number)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        loop.enqueue(UnownedJob(job), of: self)
    }

    func call(_ deputy: any WakeDeputy) {
        loop.call(deputy, of: self)
    }

    /// Notes what is served now.
    func serves(_ scope: Scope) {
        let (scheme, path) = (scope.scheme, scope.rawPath)
        served.withLock { $0 = (scheme, path) }
    }

    /// What is served now, for the log; cut to 200 bytes, since clients choose it.
    var description: String {
        let (scheme, path) = served.withLock { $0 }
        return "\(scheme) \(String(decoding: path.utf8.prefix(200), as: UTF8.self))"
    }
}
