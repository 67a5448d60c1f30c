// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes

/// A view with one function for each method it understands (Django's class-based `View`).
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
        func handler(_ method: HTTPRequest.Method) -> MethodHandler? { handlers.first { $0.method == method } }
        let method = request.method
        if let own = handler(method) ?? (method == .head ? handler(.get) : nil) {
            return try await own.function(request)
        }
        let allow: HTTPFields = [.allow: allowedMethods(handlers)]
        guard method == .options else {
            throw HTTPError(.methodNotAllowed, "\(method.rawValue) is not allowed here", headers: allow)
        }
        return Response(status: .ok, headers: allow)
    }

    /// In Django's way: what is implemented, HEAD with GET, and OPTIONS.
    private func allowedMethods(_ handlers: [MethodHandler]) -> String {
        var methods: [String] = []
        func add(_ method: HTTPRequest.Method) {
            if !methods.contains(method.rawValue) { methods.append(method.rawValue) }
        }
        for handler in handlers {
            add(handler.method)
            if handler.method == .get { add(.head) }
        }
        add(.options)
        return methods.joined(separator: ", ")
    }
}
