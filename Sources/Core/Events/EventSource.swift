// SPDX-License-Identifier: Apache-2.0

/// Where events come from: a socket, a channel layer, a test. Polled, so that one task can wait for several sources.
public protocol EventSource<Event>: AnyObject, Sendable {
    /// What comes.
    associatedtype Event: Sendable

    /// Takes the next event, or returns `nil` when none waits.
    func poll() -> Event?

    /// Asks for one wake-up when an event is there. Returns `false`, and asks for nothing, when one is there already.
    func arm(_ waker: Waker) -> Bool

    /// Whether the source has come to its end: from now on every poll gives the same last event.
    var isFinished: Bool { get }
}

extension EventSource {
    /// Waits for the next event.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while no event waits.
    public func next() async throws -> Event {
        if let event = poll() { return event }
        let waker = Waker()
        return try await withTaskCancellationHandler {
            while true {
                if let event = poll() { return event }
                if waker.isCancelled { throw CancellationError() }
                if arm(waker) { await waker.wait() }
            }
        } onCancel: {
            waker.cancel()
        }
    }
}
