// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// How fast one event loop closes its WebSockets when the server stops.
///
/// Every client that is closed comes back at once, to the process that is there next: all at once would be a stampede.
struct DrainPace: Sendable {
    /// WebSockets in a batch, at least.
    let batchSize: Int
    /// From one batch to the next.
    let interval: TimeAmount
    /// Until the last batch; with more sockets than fit, batches are larger.
    let window: TimeAmount

    /// - Parameters:
    ///   - limit: the time for the whole stop; half of it is left for clients to answer and handlers to end.
    ///   - loops: event loops that share a batch.
    init(_ configuration: ServerConfiguration.Draining, within limit: Duration, loops: Int) {
        batchSize = max(1, configuration.batchSize / max(1, loops))
        interval = .milliseconds(Int64(configuration.batchInterval))
        window = TimeAmount(limit) / 2
    }

    /// WebSockets to close at once, of as many as there are.
    func batch(of count: Int) -> Int {
        guard interval > .zero, window > interval else { return max(batchSize, count) }
        let batches = Int(window.nanoseconds / interval.nanoseconds)
        return max(batchSize, (count + batches - 1) / batches)
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
