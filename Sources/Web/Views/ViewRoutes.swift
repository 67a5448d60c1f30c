// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

extension Route where Kind == HTTP {
    /// A route to a view.
    public init(
        _ pattern: some RoutePatternConvertible, _ view: some View, name: String? = nil,
        defaults: [String: any Sendable] = [:]
    ) {
        self.init(pattern, application: ViewApplication(view), name: name, defaults: defaults)
    }

    /// A route to a function: `Route("/hello/") { request in .text("Hello") }`.
    public init(
        _ pattern: some RoutePatternConvertible, name: String? = nil, defaults: [String: any Sendable] = [:],
        _ respond: @escaping @Sendable (Request) async throws -> Response
    ) {
        self.init(pattern, FunctionView(respond), name: name, defaults: defaults)
    }

    /// A route to a view that is made for each request, with the values that it is made with.
    public init<Content: View>(
        _ pattern: some RoutePatternConvertible, _ make: @escaping @Sendable () -> Content, name: String? = nil,
        defaults: [String: any Sendable] = [:]
    ) {
        self.init(pattern, FunctionView { try await make().respond(to: $0) }, name: name, defaults: defaults)
    }

    /// A route to a view that is made for each request and keeps what belongs to it:
    /// `Route("/tickets/<int:id>/", TicketView.init)`.
    public init<Content: RequestView>(
        _ pattern: some RoutePatternConvertible, _ make: @escaping @Sendable () throws -> Content, name: String? = nil,
        defaults: [String: any Sendable] = [:]
    ) {
        self.init(pattern, FunctionView(making: make), name: name, defaults: defaults)
    }
}
