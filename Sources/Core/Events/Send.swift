// SPDX-License-Identifier: Apache-2.0

/// Where an application sends its connection's events: ASGI's `send`.
///
/// Sendable, so that a timer or another task may hold it; events of one task keep their order.
public struct Send<Kind: ConnectionKind>: Sendable {
    /// Where the events go.
    public let sink: any EventSink<Kind.Outbound>

    /// Sends to a sink.
    public init(_ sink: any EventSink<Kind.Outbound>) {
        self.sink = sink
    }

    /// Sends an event; waits while the peer does not read and the outbox is full.
    ///
    /// - Throws: ``SendError`` when the event may not be sent (now), ``SendError/connectionClosed`` when the peer has
    ///   gone, `CancellationError` when the task is cancelled while it waits.
    public func callAsFunction(_ event: Kind.Outbound) async throws {
        while try !sink.offer(event) {
            try await sink.writable()
        }
    }

    /// Events changed by a middleware; `nil` swallows one.
    public func map(_ transform: @escaping @Sendable (Kind.Outbound) throws -> Kind.Outbound?) -> Self {
        Self(MappedSink(base: sink, transform: transform))
    }
}

/// A sink behind a synchronous transformation.
///
/// An event that the base refuses is offered again, and then transformed again: transformations have no side effects
/// that may not happen twice.
final class MappedSink<Event: Sendable>: EventSink {
    let base: any EventSink<Event>
    let transform: @Sendable (Event) throws -> Event?

    init(base: any EventSink<Event>, transform: @escaping @Sendable (Event) throws -> Event?) {
        self.base = base
        self.transform = transform
    }

    func offer(_ event: Event) throws -> Bool {
        guard let changed = try transform(event) else { return true }
        return try base.offer(changed)
    }

    func writable() async throws {
        try await base.writable()
    }
}
