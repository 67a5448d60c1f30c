// SPDX-License-Identifier: Apache-2.0

import NIOCore
public import SluiceChannelLayers
import SluiceCore
import Synchronization

extension RedisBroker {
    /// Puts an event into a named queue.
    public func enqueue(_ event: LayerEvent, in queue: ChannelName) async throws {
        let frame = try EventFrame.write(event)
        try await ask { engine, done in engine.enqueue(frame, queue, done: done) }
    }

    /// Takes the next event of a named queue; waits for Redis while it is away.
    public func take(from queue: ChannelName, lease: Duration?) async throws -> QueueDelivery {
        let waker = Waker()
        try await ask { [takers] (engine, done: @escaping (Result<Void, LayerError>) -> Void) in
            engine.watch(queue) { takers.wake(queue) }
            done(.success(()))
        }
        defer { takers.remove(waker, queue) }
        return try await withTaskCancellationHandler {
            while true {
                guard !waker.isCancelled else { throw CancellationError() }
                takers.add(waker, queue)
                var pause = Duration.seconds(1)
                do {
                    let taken: RedisEngine.Taken = try await ask { engine, done in
                        engine.take(queue, lease: lease, done: done)
                    }
                    switch taken {
                    case .delivery(let delivery): return delivery
                    case .nothing(let next): pause = min(pause, next ?? pause)
                    }
                } catch let error as LayerError where error.code == .down {
                    pause = .milliseconds(200)
                }
                let limit = Task { [pause] in
                    try await Task.sleep(for: pause)
                    waker.wake()
                }
                await waker.wait()
                limit.cancel()
            }
        } onCancel: {
            waker.cancel()
        }
    }

    /// Says what became of a taken event.
    public func settle(_ delivery: QueueDelivery, of queue: ChannelName, as outcome: QueueOutcome) async throws -> Bool
    {
        try await ask { engine, done in engine.settle(delivery.id, delivery.attempt, of: queue, as: outcome, done: done)
        }
    }
}

/// The tasks that wait for queues.
final class QueueTakers: Sendable {
    private let wakers = Mutex<[ChannelName: [ObjectIdentifier: Waker]]>([:])

    func add(_ waker: Waker, _ queue: ChannelName) {
        wakers.withLock { $0[queue, default: [:]][ObjectIdentifier(waker)] = waker }
    }

    func remove(_ waker: Waker, _ queue: ChannelName) {
        wakers.withLock { wakers in
            wakers[queue]?[ObjectIdentifier(waker)] = nil
            if wakers[queue]?.isEmpty == true { wakers[queue] = nil }
        }
    }

    func wake(_ queue: ChannelName) {
        for waker in wakers.withLock({ $0[queue].map { Array($0.values) } ?? [] }) { waker.wake() }
    }

    func wakeAll() {
        for waker in wakers.withLock({ $0.values.flatMap(\.values) }) { waker.wake() }
    }
}
