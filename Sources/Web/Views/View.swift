// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// What answers a request: Django's view.
///
/// A view is made once and answers many requests at the same time, hence Sendable.
public protocol View: Sendable {
    /// Answers one request.
    ///
    /// - Throws: ``HTTPError`` to answer with a status; anything else is answered with 500.
    func respond(to request: Request) async throws -> Response
}

/// A view written as a function: `Route("/hello/") { request in .text("Hello") }`.
public struct FunctionView: View {
    private let body: @Sendable (Request) async throws -> Response

    /// Wraps a function.
    public init(_ body: @escaping @Sendable (Request) async throws -> Response) {
        self.body = body
    }

    /// A view that is made anew for each request, such as one that stands behind middleware:
    /// `FunctionView(making: TicketView.init).wrapped(in: SignInRequired())`.
    public init<Content: RequestView>(making make: @escaping @Sendable () throws -> Content) {
        self.init { request in try await Content.respond(to: request, make) }
    }

    /// Calls the function.
    public func respond(to request: Request) async throws -> Response {
        try await body(request)
    }
}

/// A view as an application, to stand under a router or behind middleware.
public struct ViewApplication<Content: View>: Application {
    /// The view.
    public let view: Content

    /// Wraps a view.
    public init(_ view: Content) {
        self.view = view
    }

    /// Answers the request with the view's response.
    public func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
        do {
            let response = try await view.respond(to: Request(scope: scope, receive: receive))
            try await response.send(to: send, answering: scope.method)
        } catch {
            scope[FailedScopeKey.self]?.note(scope)
            throw error
        }
    }
}

extension View {
    /// This view behind middleware, as an application: `Route("/home/", Home().wrapped(in: SignInRequired()))`. The first
    /// one listed sees a request first.
    public func wrapped(in middleware: any Middleware...) -> any Application<HTTP> {
        ViewApplication(self).wrapped(in: middleware)
    }
}
