// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import NIOCore
import SluiceCore

extension Response {
    /// A stream of events for `EventSource` in a browser, which comes back by itself when it ends.
    ///
    /// ```swift
    /// return .events(for: request) { sender in
    ///     for await price in prices.values(after: request.lastEventID) {
    ///         try await sender.send(price.text, id: price.id)
    ///     }
    /// }
    /// ```
    /// The body is cancelled as soon as the client has gone, not only at its next send. Proxies are told not to buffer.
    ///
    /// - Parameters:
    ///   - request: What is answered; what is left of its body is thrown away.
    ///   - heartbeat: How often a comment is sent, so that proxies keep a quiet connection open; default 15 s, `nil` for
    ///     never.
    ///   - send: Sends events until it returns. A client comes back after that too: send 204 to tell it not to.
    public static func events(
        for request: Request, heartbeat: Duration? = .seconds(15),
        _ send: @escaping @Sendable (EventSender) async throws -> Void
    ) -> Self {
        var response = Self(headers: [.contentType: "text/event-stream", .cacheControl: "no-cache, no-transform"])
        response.headers[.xAccelBuffering] = "no"
        let clock = request.scope.connection.clock
        response.body = .stream { writer in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                let sender = EventSender(writer: writer)
                group.addTask {
                    try await send(sender)
                    return true
                }
                group.addTask {
                    while case .request = try await request.storage.receive() {}
                    return false
                }
                if let heartbeat {
                    group.addTask {
                        while true {
                            try await clock.sleep(for: heartbeat)
                            try await sender.comment()
                        }
                    }
                }
                defer { group.cancelAll() }
                if try await group.next() == false { throw SendError.connectionClosed }
            }
        }
        return response
    }
}

/// Where a view puts the events of ``Response/events(for:heartbeat:_:)``. Each waits while the client does not read.
public struct EventSender: Sendable {
    let writer: ResponseWriter

    /// Sends an event with a text.
    ///
    /// - Throws: `SendError.connectionClosed`, `CancellationError`; ``HTTPError`` 500 `bad_event`, see
    ///   ``send(_:)-(ServerSentEvent)``.
    public func send(_ data: String, event: String? = nil, id: String? = nil) async throws {
        try await send(ServerSentEvent(data, event: event, id: id))
    }

    /// Sends an event with a value as JSON.
    ///
    /// - Throws: as ``send(_:event:id:)``; `EncodingError` when the value cannot be JSON.
    public func send(json value: some Encodable, event: String? = nil, id: String? = nil) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        try await send(String(decoding: try encoder.encode(value), as: UTF8.self), event: event, id: id)
    }

    /// Sends an event.
    ///
    /// - Throws: `SendError.connectionClosed`, `CancellationError`; ``HTTPError`` 500 `bad_event` for a line break in the
    ///   name or id, a NUL in the id, or a negative retry time.
    public func send(_ event: ServerSentEvent) async throws {
        try await writer.write(try event.encoded())
    }

    /// Sends a comment, which keeps the connection open and is shown to nobody.
    ///
    /// - Throws: as ``send(_:event:id:)``.
    public func comment(_ text: String = "") async throws {
        try await writer.write(ServerSentEvent.comment(text))
    }
}

extension Request {
    /// The id of the last event that the client has seen, when its event stream comes back (`Last-Event-ID`).
    public var lastEventID: String? { headers[.lastEventID] }
}
