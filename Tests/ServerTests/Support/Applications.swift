// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceTesting
import Synchronization

/// A router of one HTTP application.
func http(
    _ body: @escaping @Sendable (Scope, Receive<HTTP>, Send<HTTP>) async throws -> Void
) -> ProtocolTypeRouter {
    ProtocolTypeRouter(http: ClosureApplication(body))
}

/// A router of one WebSocket application.
func webSocket(
    _ body: @escaping @Sendable (Scope, Receive<WebSocket>, Send<WebSocket>) async throws -> Void
) -> ProtocolTypeRouter {
    ProtocolTypeRouter(webSocket: ClosureApplication(body))
}

extension Send<HTTP> {
    /// A whole response of one piece.
    func respond(_ text: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) async throws {
        try await self(.responseStart(status: status, headers: headers))
        try await self(.responseBody(ByteBuffer(string: text), moreBody: false))
    }
}

extension Receive<HTTP> {
    /// The whole body; `nil` when the client went away before its end.
    func body() async throws -> ByteBuffer? {
        var body = ByteBuffer()
        while case .request(var piece, let moreBody) = try await self() {
            body.writeBuffer(&piece)
            if !moreBody { return body }
        }
        return nil
    }
}

/// Answers every request with its method, path and body.
let echo = http { scope, receive, send in
    let body = try await receive.body().map { String(buffer: $0) } ?? "-"
    try await send.respond("\(scope.method) \(scope.path) \(body)")
}

/// What an application tells its test.
final class Notes: Sendable {
    private let notes = Mutex<[String]>([])

    func add(_ note: String) {
        notes.withLock { $0.append(note) }
    }

    var all: [String] { notes.withLock { $0 } }
}

/// A door that applications wait at until the test opens it.
final class Gate: Sendable {
    private let events = EventQueue<Void>()

    func open() {
        events.finish(())
    }

    func wait() async throws {
        try await events.next()
    }
}

/// A number that an application counts up and its test reads.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .sequentiallyConsistent) }

    func add(_ number: Int = 1) {
        count.add(number, ordering: .sequentiallyConsistent)
    }
}

extension LiveServer {
    /// A GET on a connection of its own.
    func get(_ target: String = "/") async throws -> HTTPTestResponse {
        try await http().request(.get, target)
    }
}
