// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import Testing

/// An endpoint that another target could bring: routes get an initializer of their own for it.
private struct Context: Sendable {
    let scope: Scope
}

private class Handler {
    let context: Context
    required init(_ context: Context) { self.context = context }
}

private final class ChatHandler: Handler {}

private struct HandlerFactory: Application, CustomStringConvertible {
    let make: @Sendable (Context) -> Handler
    let description: String

    func callAsFunction(scope: Scope, receive: Receive<WebSocket>, send: Send<WebSocket>) async throws {
        let handler = make(Context(scope: scope))
        try await send(.send(.text(handler.context.scope.route["group"])))
    }
}

extension Route where Kind == WebSocket {
    fileprivate init<H: Handler>(
        _ pattern: some RoutePatternConvertible, _ make: @escaping @Sendable (Context) -> H, name: String? = nil,
        defaults: [String: any Sendable] = [:]
    ) {
        self.init(
            pattern, application: HandlerFactory(make: { make($0) }, description: "\(H.self)"), name: name,
            defaults: defaults)
    }
}

private struct Home: Application {
    func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {}
}

@Suite("The interface reads as in the design")
struct InterfaceTests {
    @Test("Kinds are inferred, other targets add initializers, the routes can be listed")
    func reads() {
        let application = ProtocolTypeRouter(
            http: URLRouter {
                Route("/", Home())
                Route("/tickets/<int:id>/", Home(), name: "ticket", defaults: ["page": 1])
                Mount("/static", Home())
            },
            webSocket: URLRouter {
                Route("/room/<group>/", ChatHandler.init)
                Route(#/ws/(?<group>\w+)/$/#, ChatHandler.init)
                Mount("/inner/<int:id>", URLRouter { Route("deep/", ChatHandler.init) }.wrapped(in: Tagging("inner")))
            }
            .wrapped(in: Tagging("outer")))
        let rows = application.routes.map {
            "\($0.kind) \($0.pattern) \($0.name ?? "-") \($0.application) \($0.defaults)"
        }
        #expect(
            rows == [
                "http / - Home []", "http /tickets/<int:id>/ ticket Home [\"page=1\"]", "http /static… - Home []",
                "websocket /room/<group>/ - ChatHandler []", "websocket /inner/<int:id>/deep/ - ChatHandler []",
                "websocket <regex> - ChatHandler []",
            ])
        #expect(application.kinds == ["http", "websocket"])
    }
}
