// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes

/// A view that is made for each request and keeps what belongs to it (Django's class-based `View`).
///
/// ```swift
/// final class TicketView: RequestView {
///     private var ticket = Ticket.none
///     static var handlers: [RequestHandler<TicketView>] { [.get(TicketView.show), .post(TicketView.save)] }
///
///     func setup(_ request: Request) async throws { ticket = try await tickets.find(request.route["id", as: Int.self]) }
///     func show(_ request: Request) async throws -> Response { try request.render("ticket.html", ["ticket": ticket]) }
///     func save(_ request: Request) async throws -> Response { … }
/// }
/// Route("/tickets/<int:id>/", TicketView.init)
/// ```
/// It lives in its request's task alone, so it need not be Sendable and its state needs no lock. Methods without a
/// function are answered as by ``MethodView``.
public protocol RequestView: SendableMetatype {
    /// The functions by method; of two for one method the first counts.
    static var handlers: [RequestHandler<Self>] { get }

    /// Called before the function, also for HEAD, but not when there is none. Default: nothing.
    ///
    /// - Throws: what answers the request instead, see ``View/respond(to:)``.
    func setup(_ request: Request) async throws
}

extension RequestView {
    /// Nothing to be prepared.
    public func setup(_ request: Request) async throws {}

    /// Makes a view and lets it answer.
    static func respond(to request: Request, _ make: () throws -> Self) async throws -> Response {
        let handlers = Self.handlers
        switch try MethodChoice(request.method, among: handlers.map(\.method)) {
        case .options(let response): return response
        case .function(let index):
            let view = try make()
            try await view.setup(request)
            return try await handlers[index].function(view)(request)
        }
    }
}

/// A method with the function of a ``RequestView`` that answers it.
public struct RequestHandler<Owner> {
    /// A function of the view, not yet of one of its instances: `TicketView.show`.
    public typealias Function = (Owner) -> (Request) async throws -> Response

    let method: HTTPRequest.Method
    let function: Function

    /// Answers GET, and HEAD by leaving the body out.
    public static func get(_ function: @escaping Function) -> Self { .on(.get, function) }
    /// Answers POST.
    public static func post(_ function: @escaping Function) -> Self { .on(.post, function) }
    /// Answers PUT.
    public static func put(_ function: @escaping Function) -> Self { .on(.put, function) }
    /// Answers PATCH.
    public static func patch(_ function: @escaping Function) -> Self { .on(.patch, function) }
    /// Answers DELETE.
    public static func delete(_ function: @escaping Function) -> Self { .on(.delete, function) }
    /// Answers any method.
    public static func on(_ method: HTTPRequest.Method, _ function: @escaping Function) -> Self {
        Self(method: method, function: function)
    }
}
