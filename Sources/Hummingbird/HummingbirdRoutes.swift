// SPDX-License-Identifier: Apache-2.0

#if Hummingbird
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import SluiceCore

/// The routes of a Hummingbird application, which serve the requests that the mounted application does not know.
struct HummingbirdRoutes: Sendable {
    let serve: @Sendable (any Channel, Scope, Receive<HTTP>, Send<HTTP>) async throws -> Void

    init<Responder: HTTPResponder>(_ responder: Responder)
    where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        serve = { channel, scope, receive, send in
            let body = RequestBody(asyncSequence: RequestPieces(receive: receive))
            let request = Hummingbird.Request(head: HTTPRequest(scope), body: body)
            let context = Responder.Context(source: .init(channel: channel, logger: scope.logger))
            let response = try await responder.respond(to: request, context: context)
            try await send(.responseStart(status: response.status, headers: response.headers))
            try await response.body.write(PieceWriter(send: send))
        }
    }

    /// An application with Hummingbird's routes behind its own.
    static func behind(_ application: (any SluiceCore.Application<HTTP>)?) -> any SluiceCore.Application<HTTP> {
        FirstMatch(first: application)
    }
}

/// An application, and Hummingbird's routes for what it does not know.
private struct FirstMatch: SluiceCore.Application {
    let first: (any SluiceCore.Application<HTTP>)?

    func chooseAfterWaiting(
        scope: inout Scope, receive: inout Receive<HTTP>, send: inout Send<HTTP>
    ) async throws -> (any SluiceCore.Application<HTTP>)? {
        guard let first else { return nil }
        var (inner, innerReceive, innerSend) = (scope, receive, send)
        do {
            let chosen = try await first.settled(scope: &inner, receive: &innerReceive, send: &innerSend)
            (scope, receive, send) = (inner, innerReceive, innerSend)
            return chosen
        } catch let error as RoutingError where error.code == .noRoute {
            return nil
        }
    }

    /// Hummingbird's routes: what the first application knows is chosen before.
    func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
        guard let server = scope[HostingServer.self] else { throw RoutingError.noApplication(HTTP.self) }
        try await server.routes.serve(server.channel, scope, receive, send)
    }
}

extension HTTPRequest {
    /// The request as Hummingbird's own codec would make it: `Host` is the authority.
    fileprivate init(_ scope: Scope) {
        var fields = scope.headers
        var authority: String?
        if let host = HTTPField.Name("host") {
            authority = fields[host]
            fields[host] = nil
        }
        let query = scope.queryString.isEmpty ? "" : "?\(scope.queryString)"
        self.init(
            method: scope.method, scheme: scope.scheme, authority: authority, path: scope.rawPath + query,
            headerFields: fields)
    }
}

/// A request's body as Hummingbird reads it.
private struct RequestPieces: AsyncSequence, Sendable {
    struct Iterator: AsyncIteratorProtocol {
        let receive: Receive<HTTP>
        var isOver = false

        mutating func next() async throws -> ByteBuffer? {
            while !isOver {
                guard case .request(let body, let moreBody) = try await receive() else {
                    throw SendError.connectionClosed
                }
                isOver = !moreBody
                if body.readableBytes > 0 { return body }
            }
            return nil
        }
    }

    let receive: Receive<HTTP>

    func makeAsyncIterator() -> Iterator { Iterator(receive: receive) }
}

/// Takes a response's body from Hummingbird, as fast as the client does.
private struct PieceWriter: ResponseBodyWriter {
    let send: Send<HTTP>

    mutating func write(_ buffer: ByteBuffer) async throws {
        try await send(.responseBody(buffer, moreBody: true))
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        if let trailingHeaders {
            try await send(.responseTrailers(trailingHeaders))
        } else {
            try await send(.responseBody(ByteBuffer(), moreBody: false))
        }
    }
}
#endif
