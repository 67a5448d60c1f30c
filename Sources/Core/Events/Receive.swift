// SPDX-License-Identifier: Apache-2.0

/// Where an application takes its connection's events: ASGI's `receive`.
///
/// A handle on an ``EventSource``, not a closure, so that a consumer can wait for its socket and its channel at once.
public struct Receive<Kind: ConnectionKind>: Sendable {
    /// The events' source.
    public let source: any EventSource<Kind.Inbound>

    /// Takes events from a source.
    public init(_ source: any EventSource<Kind.Inbound>) {
        self.source = source
    }

    /// Waits for the next event.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while no event waits.
    public func callAsFunction() async throws -> Kind.Inbound {
        try await source.next()
    }

    /// Events changed by a middleware; `nil` swallows one. The last event, such as `disconnect`, cannot be swallowed: it
    /// comes as it is then, since whoever waits for it would wait for ever.
    public func map(_ transform: @escaping @Sendable (Kind.Inbound) -> Kind.Inbound?) -> Self {
        Self(MappedSource(base: source, transform: transform))
    }
}

/// A source behind a synchronous transformation.
final class MappedSource<Event: Sendable>: EventSource {
    let base: any EventSource<Event>
    let transform: @Sendable (Event) -> Event?

    init(base: any EventSource<Event>, transform: @escaping @Sendable (Event) -> Event?) {
        self.base = base
        self.transform = transform
    }

    func poll() -> Event? {
        var isLast = false
        while let event = base.poll() {
            if let changed = transform(event) { return changed }
            if isLast { return event }
            // Asked before the next poll: what comes after the end is the last event for certain.
            isLast = base.isFinished
        }
        return nil
    }

    func arm(_ waker: Waker) -> Bool {
        base.arm(waker)
    }

    var isFinished: Bool { base.isFinished }
}
