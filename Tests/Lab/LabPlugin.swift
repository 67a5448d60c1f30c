// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import Sluice

/// The end points that outside checks rely on.
struct LabPlugin: Plugin {
    let name = "lab"

    private struct Message: Encodable {
        var message = "Hello, World!"
    }

    private struct Item: Encodable {
        var id: Int
        var q: String?

        // `q` is null when it is absent, not left out.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(id, forKey: .id)
            try container.encode(q, forKey: .q)
        }

        enum Keys: CodingKey { case id, q }
    }

    func contribute(to contributions: inout Contributions) {
        contributions.add(to: .routes) {
            Route("/", Self.page { _ in .text("Hello, World!") })
            Route("/plain", Self.page { _ in .text("Hello, World!") })
            Route("/hello", Self.page { _ in .text("Hello, World!") })
            Route("/json", Self.page { _ in try .json(Message()) })
            Route(
                "/items/<int:id>/",
                Self.page { request in
                    try .json(Item(id: try request.route["id", as: Int.self], q: try request.queryField("q")))
                })
            Route("/user/<int:id>", Self.page { request in .text(request.route["id"]) })
            Route("/echo", application: EchoBody())
            Route("/stream", Self.page { request in try Self.stream(request) })
            Route("/events", Self.page { request in Self.events(request) })
            Route(
                "/stats",
                Self.page { request in try .json(request.app[LabStatistics.self].snapshot(request.app)) })
        }
        contributions.add(to: .webSocketRoutes) {
            Route("/ws/echo/", EchoConsumer.init)
            Route("/echo", EchoConsumer.init)
            Route("/ws/raise/", RaiseConsumer.init)
            Route("/ws/deny/", DenyConsumer.init)
            Route("/ws/close/", CloseConsumer.init)
            Route("/ws/<group>/", GroupConsumer.init)
            Route("/ws/fast/<group>/", FastConsumer.init)
            Route("/ws/json/<group>/", JSONRoomConsumer.init)
            Route("/group", GroupConsumer.init)
            Route("/group-fast", FastConsumer.init)
        }
        contributions.add(to: .middleware) { AllowedOrigins() }
    }

    /// A view for GET, HEAD and OPTIONS; 405 for every other method.
    private static func page(
        _ view: @escaping @Sendable (Request) async throws -> Response
    ) -> @Sendable (Request) async throws -> Response {
        let allow: HTTPFields = [.allow: "GET, HEAD, OPTIONS"]
        return { request in
            if request.method == .get || request.method == .head { return try await view(request) }
            return Response(status: request.method == .options ? .noContent : .methodNotAllowed, headers: allow)
        }
    }

    /// N chunks of S bytes, as fast as the reader takes them.
    private static func stream(_ request: Request) throws -> Response {
        let count = try request.queryField("n").flatMap(Int.init) ?? 10
        let size = try request.queryField("size").flatMap(Int.init) ?? 1_024
        guard (0...1_000_000).contains(count), (0...1 << 24).contains(size) else {
            throw HTTPError(.badRequest, code: "bad_size", "n is at most 1000000 and size at most 16 MiB")
        }
        let chunk = ByteBuffer(repeating: UInt8(ascii: "x"), count: size)
        var response = Response(
            body: .stream { writer in
                for _ in 0..<count { try await writer.write(chunk) }
            })
        response.headers[.contentType] = "application/octet-stream"
        return response
    }

    /// One event each 100 ms, until the client goes.
    private static func events(_ request: Request) -> Response {
        let clock = request.scope.connection.clock
        var response = Response(
            body: .stream { writer in
                var number = 0
                while true {
                    try await writer.write("data: \(number)\n\n")
                    number += 1
                    try await clock.sleep(for: .milliseconds(100))
                }
            })
        response.headers[.contentType] = "text/event-stream"
        response.headers[.cacheControl] = "no-store"
        return response
    }
}

extension Request {
    fileprivate func queryField(_ name: String) throws -> String? {
        try query[name]
    }
}

/// Streams a request's body back.
struct EchoBody: Application {
    func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
        var headers = HTTPFields()
        if let type = scope.headers[.contentType] { headers[.contentType] = type }
        if let length = scope.headers[.contentLength] { headers[.contentLength] = length }
        try await send(.responseStart(status: .ok, headers: headers))
        while case .request(let body, let moreBody) = try await receive() {
            try await send(.responseBody(body, moreBody: moreBody))
            if !moreBody { return }
        }
    }
}

/// Lets WebSockets in from the origins that the options name, if they name any.
struct AllowedOrigins: ImmediateMiddleware {
    func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        let allowed = scope.state[LabOptions.Key.self]?.allowedOrigin ?? []
        guard Kind.self == WebSocket.self, !allowed.isEmpty else {
            return next
        }
        return try OriginValidator(allowed: allowed).prepare(
            scope: &scope, receive: &receive, send: &send, next: next)
    }
}
