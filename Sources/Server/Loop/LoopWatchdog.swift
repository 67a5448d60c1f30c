// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Logging
import SluiceCore
import Synchronization

/// Looks, from a thread of its own, whether an event loop is kept from its other connections by a handler that blocks or
/// computes for long, and names it in the log: once while it lasts, once with its duration when it is over.
final class LoopWatchdog: Sendable {
    private struct State {
        var loops: [WatchedLoop] = []
        var blocks: UInt64 = 0
    }

    private let limit: Duration
    private let clock: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "sluice.watchdog")

    /// - Parameter limit: how long one piece of an application may keep its loop before it is named.
    init(limit: Duration, clock: any TimeSource, logger: Logger) {
        self.limit = limit
        self.clock = clock
        self.logger = logger
    }

    /// How often a loop was blocked for longer than the limit.
    var blocks: UInt64 { state.withLock { $0.blocks } }

    /// Watches a loop, as long as the watchdog lives.
    func watch(_ occupants: LoopOccupants) {
        let isFirst = state.withLock { state in
            state.loops.append(WatchedLoop(occupants: occupants))
            return state.loops.count == 1
        }
        if isFirst { lookLater() }
    }

    private func lookLater() {
        let interval = max(.milliseconds(10), limit / 4)
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(interval / .nanoseconds(1)))) { [weak self] in
            self?.look()
            self?.lookLater()
        }
    }

    /// Looks once at every loop.
    func look() {
        let now = clock.monotonic
        let findings = state.withLock { state -> [Finding] in
            let findings = state.loops.indices.compactMap { state.loops[$0].look(now, limit: limit) }
            for case .blocked in findings { state.blocks += 1 }
            return findings
        }
        for finding in findings { log(finding) }
    }

    private func log(_ finding: Finding) {
        switch finding {
        case .blocked(let name):
            logger.warning(
                "an event loop is blocked: move what blocks or computes into `blocking { … }`",
                metadata: ["by": "\(name)", "limit": "\(limit)"])
        case .free(let name, let time):
            logger.warning("an event loop was blocked", metadata: ["by": "\(name)", "about": "\(time)"])
        }
    }
}

private enum Finding {
    case blocked(by: String)
    case free(from: String, after: Duration)
}

/// A loop as it was when it was last looked at.
private struct WatchedLoop: Sendable {
    let occupants: LoopOccupants
    var job: UInt64 = 0
    var since = Duration.zero
    /// Who blocks it, once that was found.
    var blockedBy: String?

    mutating func look(_ now: Duration, limit: Duration) -> Finding? {
        let running = occupants.job
        guard running != 0, running == job else {
            let finding = blockedBy.map { Finding.free(from: $0, after: now - since) }
            (job, since, blockedBy) = (running, now, nil)
            return finding
        }
        guard blockedBy == nil, now - since >= limit else { return nil }
        let name = occupants.executor(of: job)?.description ?? "a connection that has gone"
        blockedBy = name
        return .blocked(by: name)
    }
}
