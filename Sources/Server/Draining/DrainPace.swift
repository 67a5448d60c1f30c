// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// How fast one event loop closes its WebSockets when the server stops.
///
/// Every client that is closed comes back at once, to the process that is there next: all at once would be a stampede. A
/// client that is slow to answer its close is busy coming back, or its machine is with others, so not more than a batch
/// is waited for at any time.
struct DrainPace: Sendable {
    /// WebSockets that are closed and have not ended, at most.
    let batchSize: Int
    /// From one batch to the next.
    let interval: TimeAmount
    /// Batches until the last one, whether clients answer or not.
    private let batches: Int

    /// - Parameters:
    ///   - limit: the time for the whole stop; half of it is left for clients to answer and handlers to end.
    ///   - loops: event loops that share a batch.
    init(_ configuration: ServerConfiguration.Draining, within limit: Duration, loops: Int) {
        batchSize = max(1, configuration.batchSize / max(1, loops))
        interval = .milliseconds(Int64(configuration.batchInterval))
        batches = interval > .zero ? Int((TimeAmount(limit) / 2).nanoseconds / interval.nanoseconds) : 0
    }

    /// WebSockets to close now.
    ///
    /// - Parameters:
    ///   - batch: which batch it is, from 0.
    ///   - count: sockets that have not been told.
    ///   - unanswered: those that were, and have not ended.
    func size(ofBatch batch: Int, of count: Int, unanswered: Int) -> Int {
        let left = batches - batch
        guard left > 1 else { return count }
        return min(count, max(batchSize - unanswered, (count + left - 1) / left))
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let limit = Duration.seconds(1 << 32)
        let (seconds, attoseconds) = min(max(duration, .zero), limit).components
        self = .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
    }

    fileprivate static func / (amount: TimeAmount, divisor: Int64) -> TimeAmount {
        .nanoseconds(amount.nanoseconds / divisor)
    }
}
