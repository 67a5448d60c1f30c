// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization

/// What timers and background tasks bring back into a consumer's own task.
enum ConsumerWork: Sendable {
    /// A method to call.
    case call(@Sendable (ChannelConsumer) async throws -> Void)
    /// A child task that has ended and need not be ended any more.
    case finished(UInt64)
}

/// A timer or background task of a consumer; ends with the connection.
public struct ConsumerTask: Sendable {
    let task: Task<Void, Never>

    /// Ends it before its time. What it has already brought back is still handled.
    public func cancel() {
        task.cancel()
    }
}

extension ChannelConsumer {
    /// Calls a method once, after a time, in the consumer's own task: `after(.seconds(5), ChatConsumer.remind)`.
    @discardableResult
    public final func after<Receiver: ChannelConsumer>(
        _ time: Duration, _ method: @escaping @Sendable (Receiver) -> () async throws -> Void
    ) -> ConsumerTask {
        let clock = scope.connection.clock
        return runtime.start { queue in
            guard (try? await clock.sleep(for: time)) != nil else { return }
            queue.push(.call(Self.call(method)))
        }
    }

    /// Calls a method again and again, in the consumer's own task: `every(.seconds(1), ChatConsumer.tick)`.
    ///
    /// A call that has not been handled when the next is due stands for both: calls do not add up.
    @discardableResult
    public final func every<Receiver: ChannelConsumer>(
        _ interval: Duration, _ method: @escaping @Sendable (Receiver) -> () async throws -> Void
    ) -> ConsumerTask {
        let clock = scope.connection.clock
        let call = Self.call(method)
        let tick = PendingTick()
        return runtime.start { queue in
            while (try? await clock.sleep(for: interval)) != nil {
                guard tick.begin() else { continue }
                queue.push(
                    .call {
                        tick.end()
                        try await call($0)
                    })
            }
        }
    }

    /// Does work beside the consumer, in a child task, and brings the result back to a method.
    ///
    /// The work cannot touch the consumer (it would be a race, and does not compile); hand it values. What it throws is
    /// handled as if the method had thrown it.
    @discardableResult
    public final func background<Receiver: ChannelConsumer, Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result,
        then method: @escaping @Sendable (Receiver) -> (Result) async throws -> Void
    ) -> ConsumerTask {
        runtime.start { queue in
            do {
                let result = try await work()
                queue.push(.call { try await method(try Self.cast($0))(result) })
            } catch is CancellationError where Task.isCancelled {
                return
            } catch {
                queue.push(.call { _ in throw error })
            }
        }
    }

    private static func call<Receiver: ChannelConsumer>(
        _ method: @escaping @Sendable (Receiver) -> () async throws -> Void
    ) -> @Sendable (ChannelConsumer) async throws -> Void {
        { try await method(try cast($0))() }
    }

    private static func cast<Receiver: ChannelConsumer>(_ consumer: ChannelConsumer) throws -> Receiver {
        guard let receiver = consumer as? Receiver else {
            throw ConsumerError(.wrongHandler, "the method belongs to \(Receiver.self), not to \(consumer)")
        }
        return receiver
    }
}

/// Whether a timer's call still waits to be handled.
private final class PendingTick: Sendable {
    private let isPending = Atomic<Bool>(false)

    /// - Returns: whether no other call waits.
    func begin() -> Bool {
        !isPending.exchange(true, ordering: .relaxed)
    }

    func end() {
        isPending.store(false, ordering: .relaxed)
    }
}
