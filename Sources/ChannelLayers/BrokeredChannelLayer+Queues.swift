// SPDX-License-Identifier: Apache-2.0

extension BrokeredChannelLayer {
    /// Takes from the broker's queue.
    public func take(from queue: ChannelName, lease: Duration?) async throws -> QueueDelivery {
        try queue.validate()
        guard broker.isQueue(queue) else {
            throw LayerError(.invalidName, "'\(queue)' is a channel of one process, not a queue")
        }
        return try await broker.take(from: queue, lease: lease)
    }

    /// Settles with the broker.
    public func settle(_ delivery: QueueDelivery, of queue: ChannelName, as outcome: QueueOutcome) async throws -> Bool
    {
        try await broker.settle(delivery, of: queue, as: outcome)
    }
}
