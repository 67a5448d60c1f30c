// SPDX-License-Identifier: Apache-2.0

/// A condition that did not become true in time.
package struct TimedOut: Error, CustomStringConvertible {
    let what: String
    let limit: Duration
    /// What the last attempt threw.
    let last: (any Error)?

    package var description: String {
        "waited \(limit) for \(what)" + (last.map { "; last: \($0)" } ?? "")
    }
}

/// Tries until the body gives a value; an error thrown by the body counts as not yet.
///
/// - Throws: ``TimedOut`` after the limit (default 10 s), `CancellationError` when the test is cancelled.
package func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(10), _ body: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    var last: (any Error)?
    repeat {
        do {
            if let value = try await body() { return value }
        } catch {
            last = error
        }
        try await Task.sleep(for: .milliseconds(25))
    } while ContinuousClock.now < deadline
    throw TimedOut(what: what, limit: limit, last: last)
}

/// Waits for a condition.
package func eventually(
    _ what: String, within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async throws {
    let _: Void = try await eventually(what, within: limit) { try await condition() ? () : nil }
}
