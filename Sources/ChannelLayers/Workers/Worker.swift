// SPDX-License-Identifier: Apache-2.0

public import Logging
public import SluiceCore
import Synchronization

/// Takes events from named channels and does the work that is routed for them (Channels' `runworker`).
///
/// Each channel has a number of slots; a slot takes one event, does its work, and takes the next. Events of one channel go
/// to whichever worker asks first, so that idle ones get them.
public final class Worker: Sendable {
    private let router: ChannelNameRouter
    private let channels: [ChannelName]
    private let layer: any ChannelLayer
    private let state: LifespanState
    private let slots: Int
    private let drain: Duration
    private let clock: any TimeSource
    private let logger: Logger
    private let stopping = Waker()
    private let takes = Mutex<[ObjectIdentifier: Task<QueueDelivery, any Error>]>([:])

    /// A worker that does nothing yet.
    ///
    /// - Parameters:
    ///   - channels: which of the router's channels; default all.
    ///   - slots: events of each channel that are worked on at once; default 8.
    ///   - drain: how long a stop waits for work that is being done before it is cancelled; default 10 s.
    /// - Throws: ``LayerError`` with `invalidName` for a channel that the router has no work for.
    public init(
        _ router: ChannelNameRouter, channels: [ChannelName]? = nil, layer: any ChannelLayer, state: LifespanState,
        slots: Int = 8, drain: Duration = .seconds(10), clock: any TimeSource = SystemTime(),
        logger: Logger = Logger(label: "sluice.worker")
    ) throws(LayerError) {
        let channels = channels ?? router.channels
        for channel in channels where router.works[channel] == nil {
            let known = router.channels.map(\.rawValue).joined(separator: ", ")
            throw LayerError(.invalidName, "there is no work for the channel '\(channel)'; there is for: \(known)")
        }
        self.router = router
        self.channels = channels
        self.layer = layer
        self.state = state
        self.slots = max(1, slots)
        self.drain = drain
        self.clock = clock
        self.logger = logger
    }

    /// Works until ``stop()``; returns when the work that was being done is done, or was cancelled.
    public func run() async {
        let running = Task {
            await withTaskGroup { group in
                for channel in channels {
                    for _ in 0..<slots { group.addTask { await self.work(channel) } }
                }
            }
        }
        await withTaskCancellationHandler {
            while !stopping.isCancelled { await stopping.wait() }
            let limit = Task {
                try await clock.sleep(for: drain)
                running.cancel()
            }
            await running.value
            limit.cancel()
        } onCancel: {
            stop()
        }
    }

    /// Whether ``stop()`` was called.
    public var isStopping: Bool { stopping.isCancelled }

    /// Takes no more events.
    public func stop() {
        stopping.cancel()
        for take in takes.withLock({ Array($0.values) }) { take.cancel() }
    }

    /// One slot.
    private func work(_ channel: ChannelName) async {
        let delivery = router.delivery(of: channel)
        while !stopping.isCancelled {
            do {
                guard let taken = try await take(channel, delivery.lease) else { return }
                await handle(taken, channel, delivery)
            } catch let error as LayerError where error.code == .closed {
                return
            } catch {
                logger.error("a worker cannot take events", metadata: ["channel": "\(channel)", "error": "\(error)"])
                try? await clock.sleep(for: .seconds(1))
            }
        }
    }

    /// Takes an event; a stop ends the waiting.
    private func take(_ channel: ChannelName, _ lease: Duration?) async throws -> QueueDelivery? {
        let slot = Slot()
        let taking = Task { try await layer.take(from: channel, lease: lease) }
        takes.withLock { $0[ObjectIdentifier(slot)] = taking }
        defer { takes.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(slot)) } }
        if stopping.isCancelled { taking.cancel() }
        do {
            return try await taking.value
        } catch is CancellationError {
            return nil
        }
    }

    /// Names a take that a stop must end.
    private final class Slot {}

    private func handle(_ taken: QueueDelivery, _ channel: ChannelName, _ delivery: WorkDelivery) async {
        let renewing = renew(taken, channel, delivery.lease)
        defer { renewing?.cancel() }
        let context = WorkerContext(state: state, channelLayer: layer, attempt: taken.attempt)
        var outcome = QueueOutcome.done
        do {
            var isDone = false
            for work in router.works[channel] ?? [] where !isDone && work.type == taken.event.type {
                isDone = try await work.body(taken.event, context)
            }
            if !isDone {
                logger.error(
                    "there is no work for an event", metadata: ["channel": "\(channel)", "type": "\(taken.event.type)"])
                outcome = .setAside
            }
        } catch {
            outcome = self.outcome(of: error, taken, channel, delivery)
        }
        guard delivery.lease != nil else { return }
        renewing?.cancel()
        do {
            _ = try await layer.settle(taken, of: channel, as: outcome)
        } catch {
            logger.error(
                "done work could not be settled, it will come again",
                metadata: ["channel": "\(channel)", "error": "\(error)"])
        }
    }

    private func outcome(
        of error: any Error, _ taken: QueueDelivery, _ channel: ChannelName, _ delivery: WorkDelivery
    ) -> QueueOutcome {
        var metadata: Logger.Metadata = [
            "channel": "\(channel)", "type": "\(taken.event.type)", "attempt": "\(taken.attempt)", "error": "\(error)",
        ]
        let isUnreadable = (error as? LayerError)?.code == .notDecodable
        guard case .atLeastOnce(_, let attempts, let delay) = delivery, taken.attempt < attempts, !isUnreadable else {
            metadata["becomes"] = delivery == .atMostOnce ? "lost" : "set aside"
            logger.error("work failed", metadata: metadata)
            return .setAside
        }
        logger.warning("work failed and is tried again", metadata: metadata)
        return .retry(after: delay * (1 << min(taken.attempt - 1, 16)))
    }

    /// Keeps the lease while the work goes on.
    private func renew(_ taken: QueueDelivery, _ channel: ChannelName, _ lease: Duration?) -> Task<Void, any Error>? {
        guard let lease else { return nil }
        return Task {
            while true {
                try await clock.sleep(for: lease / 3)
                _ = try? await layer.settle(taken, of: channel, as: .retry(after: lease))
            }
        }
    }
}
