// SPDX-License-Identifier: Apache-2.0

public import NIOCore
public import SluiceChannelLayers
public import SluiceCore

/// What stands around a consumer's hooks and handlers: measuring, logging, checking, retrying.
public protocol ConsumerFilter: Sendable {
    /// Handles one event of a consumer, usually by calling `next`; not calling it swallows the event, throwing is as
    /// if the hook had thrown.
    ///
    /// ``ConsumerEvent/disconnect(_:)`` cannot be swallowed: without `next`, or when the filter throws before it, the hook
    /// runs behind the filters, so that every consumer cleans up; it runs once however often `next` is called. Filters
    /// and hook have 10 s together then, in a task that is not cancelled.
    func handle(
        _ event: ConsumerEvent, of consumer: ChannelConsumer, next: () async throws -> Void
    ) async throws
}

/// What a consumer is about to handle.
public enum ConsumerEvent: Sendable {
    /// The connection is asked for.
    case connect
    /// A text message.
    case text(String)
    /// A binary message.
    case bytes(ByteBuffer)
    /// An HTTP request with its whole body.
    case request(ByteBuffer)
    /// An event of the channel layer.
    case layer(LayerEvent)
    /// Layer events were missed.
    case missed(Gap)
    /// The layer's broker is lost or back.
    case layerHealth(LayerHealth)
    /// A timer, or background work that is done.
    case work
    /// The connection has ended, with this code; a request's end has none.
    case disconnect(WebSocketCloseCode?)
}

extension ChannelConsumer {
    /// Runs a hook inside the filters.
    @inline(__always)
    final func filtered(_ event: @autoclosure () -> ConsumerEvent, _ body: () async throws -> Void) async throws {
        let filters = runtime.filters
        guard !filters.isEmpty else { return try await body() }
        try await filtered(event(), filters[...], body)
    }

    /// Runs the last hook inside the filters, exactly once whatever they do.
    final func filteredDisconnect(
        _ code: WebSocketCloseCode?, _ hook: () async throws -> Void
    ) async throws {
        var isDone = false
        func once() async throws {
            guard !isDone else { return }
            isDone = true
            try await hook()
        }
        do {
            try await filtered(.disconnect(code), once)
        } catch {
            try await once()
            throw error
        }
        try await once()
    }

    private func filtered(
        _ event: ConsumerEvent, _ filters: ArraySlice<any ConsumerFilter>, _ body: () async throws -> Void
    ) async throws {
        guard let first = filters.first else { return try await body() }
        try await first.handle(event, of: self) {
            try await filtered(event, filters.dropFirst(), body)
        }
    }
}
