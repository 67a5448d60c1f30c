// SPDX-License-Identifier: Apache-2.0

import Logging
import SluiceCore
import Synchronization

/// Counts the limits that clients come up against. The log has the first time, and then a line a minute at most: a flood
/// of connections is no flood of lines.
final class LimitLog: Sendable {
    private struct State {
        var counts = [UInt64](repeating: 0, count: ServerLimit.Value.allCases.count)
        var logged = [UInt64](repeating: 0, count: ServerLimit.Value.allCases.count)
        var nextLine = Duration.zero
    }

    private static let interval = Duration.seconds(60)

    private let state = Mutex(State())
    private let clock: any TimeSource
    private let logger: Logger

    init(clock: any TimeSource, logger: Logger) {
        self.clock = clock
        self.logger = logger
    }

    /// How often each limit was reached; those that never were are left out.
    var counts: [ServerLimit: UInt64] {
        let counts = state.withLock { $0.counts }
        return ServerLimit.Value.allCases.reduce(into: [:]) { all, value in
            if counts[value.rawValue] > 0 { all[ServerLimit(value: value)] = counts[value.rawValue] }
        }
    }

    /// A limit was reached.
    func count(_ limit: ServerLimit) {
        state.withLock { $0.counts[limit.value.rawValue] += 1 }
        writeIfDue()
    }

    /// Writes what has been counted since the last line, if the time for another one has come.
    func writeIfDue() {
        let now = clock.monotonic
        let news = state.withLock { state -> Logger.Metadata in
            guard state.counts != state.logged, now >= state.nextLine else { return [:] }
            state.nextLine = now + Self.interval
            defer { state.logged = state.counts }
            return ServerLimit.Value.allCases.reduce(into: [:]) { news, value in
                let count = state.counts[value.rawValue] - state.logged[value.rawValue]
                if count > 0 { news["\(value)"] = "\(count)" }
            }
        }
        if !news.isEmpty { logger.notice("limits were reached, so often since the last such line", metadata: news) }
    }
}
