// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Tells everyone who listens when a broker is lost or back.
final class HealthChanges: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<LayerHealth>.Continuation] = [:]
    }

    private let state = Mutex(State())

    /// The changes from now on; of those that a listener has not taken, the latest 16.
    func listen() -> AsyncStream<LayerHealth> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: LayerHealth.self, bufferingPolicy: .bufferingNewest(16))
        let number = state.withLock { state in
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    func change(to health: LayerHealth) {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield(health) }
    }

    func finish() {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.finish() }
    }
}
