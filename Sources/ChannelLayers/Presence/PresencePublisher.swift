// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization

/// Tells the broker who is where in this process: at most every 50 ms by itself, and one call after the other, so that
/// what is told last is what holds.
final class PresencePublisher: Sendable {
    private let table: PresenceTable
    private let broker: any Broker
    private let sink: BrokerSink
    private let clock: any TimeSource
    private let last = Mutex<Task<Void, any Error>?>(nil)

    init(_ table: PresenceTable, _ broker: any Broker, _ sink: BrokerSink, _ clock: any TimeSource) {
        self.table = table
        self.broker = broker
        self.sink = sink
        self.clock = clock
        table.notify { [weak self] in self?.schedule() }
    }

    /// Returns when the broker knows everything.
    ///
    /// - Throws: what the broker throws; it is told again later.
    func flush() async throws {
        try await enqueue().value
    }

    private func schedule() {
        Task {
            try? await clock.sleep(for: .milliseconds(50))
            do {
                try await flush()
            } catch {
                // Told again with the next change, or when the broker asks for all of it.
                try? await clock.sleep(for: .milliseconds(500))
                if broker.health == .up { try? await flush() }
            }
        }
    }

    private func enqueue() -> Task<Void, any Error> {
        last.withLock { last in
            let (before, table, broker, sink) = (last, table, broker, sink)
            let task = Task {
                _ = await before?.result
                let changes = table.takeChanges()
                guard !changes.isEmpty else { return }
                do {
                    try await broker.updatePresence(changes, sink: sink)
                } catch {
                    table.putBack(changes)
                    throw error
                }
            }
            last = task
            return task
        }
    }
}
