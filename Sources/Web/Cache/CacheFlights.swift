// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What is being made at this moment: who asks for the same joins in, so that a value that has gone is made once and not
/// by everybody who misses it (a "stampede").
final class CacheFlights: Sendable {
    private typealias Flight = Task<any Sendable, any Error>

    private let flights = Mutex<[String: Flight]>([:])

    /// The value that somebody makes, or that `make` does; it sees the task-local values of the first who asks.
    func value(
        of key: String, _ make: @escaping @Sendable () async throws -> any Sendable
    ) async throws -> any Sendable {
        let flight = flights.withLock { flights in
            if let flight = flights[key] { return flight }
            let flight = Flight { [self] in
                defer { self.flights.withLock { $0[key] = nil } }
                return try await make()
            }
            flights[key] = flight
            return flight
        }
        return try await flight.value
    }
}
