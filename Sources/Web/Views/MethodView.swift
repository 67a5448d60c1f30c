// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes

/// A view with one function for each method it understands, for all requests; ``RequestView`` is made for each of them.
///
/// ```swift
/// struct SignIn: MethodView {
///     var handlers: [MethodHandler] { [.get(form), .post(signIn)] }
///     func form(_ request: Request) async throws -> Response { … }
///     func signIn(_ request: Request) async throws -> Response { … }
/// }
/// ```
/// HEAD is answered by the GET function unless it has its own, OPTIONS with 200 and `Allow`, every other method
/// with 405 and `Allow`.
public protocol MethodView: View {
    /// The functions by method; of two for one method the first counts.
    var handlers: [MethodHandler] { get }
}

/// A method with the function that answers it.
public struct MethodHandler: Sendable {
    /// The type of such functions.
    public typealias Function = @Sendable (Request) async throws -> Response

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

extension MethodView {
    /// Calls the function of the request's method.
    ///
    /// - Throws: ``HTTPError`` 405 with `Allow` when there is none; what the function throws.
    public func respond(to request: Request) async throws -> Response {
        let handlers = handlers
        switch try MethodChoice(request.method, among: handlers.map(\.method)) {
        case .function(let index): return try await handlers[index].function(request)
        case .options(let response): return response
        }
    }
}
