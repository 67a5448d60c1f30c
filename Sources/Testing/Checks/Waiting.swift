// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

extension EventSource {
    /// Waits for the next event, but not for ever. An event is never taken and then lost.
    ///
    /// - Returns: `nil` when none came within the limit (real time).
    /// - Throws: `CancellationError` when the task is cancelled while no event waits.
    public func next(within limit: Duration) async throws -> Event? {
        if let event = poll() { return event }
        let waker = Waker()
        let timer = Task {
            try await Task.sleep(for: limit)
            waker.cancel()
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            while true {
                if let event = poll() { return event }
                try Task.checkCancellation()
                if waker.isCancelled { return nil }
                if arm(waker) { await waker.wait() }
            }
        } onCancel: {
            waker.cancel()
        }
    }

    /// Waits until an event is there, without taking it.
    ///
    /// - Returns: `false` when none came within the limit (real time).
    func waits(for limit: Duration) async -> Bool {
        let waker = Waker()
        let timer = Task {
            try await Task.sleep(for: limit)
            waker.cancel()
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            while arm(waker) {
                if waker.isCancelled { return false }
                await waker.wait()
            }
            return true
        } onCancel: {
            waker.cancel()
        }
    }
}

/// Waits until a condition holds that nobody tells of, such as a counter's value: looks every millisecond.
///
/// - Parameters:
///   - what: what is awaited, for the error.
///   - limit: real time; 20 s by default, since tests share their threads with others.
/// - Throws: ``CommunicatorError`` with `timedOut`, or `CancellationError`.
public func eventually(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while !(try await condition()) {
        guard ContinuousClock.now < end else {
            throw CommunicatorError(.timedOut, "within \(limit) this did not become true: \(what)")
        }
        try await Task.sleep(for: .milliseconds(1))
    }
}
