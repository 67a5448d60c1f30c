// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Serves HTTP requests with a consumer each.
public struct HTTPConsumerApplication: Application, CustomStringConvertible {
    let make: @Sendable (HTTPConsumerContext) -> HTTPConsumer
    let type: HTTPConsumer.Type
    let handlers: [Handler]

    /// Serves with instances of a class: `HTTPConsumerApplication(Feed.init)`.
    public init<C: HTTPConsumer>(_ make: @escaping @Sendable (HTTPConsumerContext) -> C) {
        self.make = make
        type = C.self
        handlers = C.handlers
    }

    /// The consumer's class, as route lists show it.
    public var description: String { "\(type)" }

    /// Runs one consumer from its request to the end of its response.
    public func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
        let waker = Waker()
        let runtime = ConsumerRuntime(scope: scope, type: type)
        let consumer = make(HTTPConsumerContext(scope: scope, send: send, runtime: runtime))
        var run = HTTPConsumerRun(
            consumer: consumer, handlers: handlers, groups: type.groups, bodyLimit: type.bodyLimit,
            mailbox: Mailbox(socket: receive.source, waker: waker))
        try await withTaskCancellationHandler {
            try await run.run()
        } onCancel: {
            waker.cancel()
        }
    }
}

extension Route where Kind == HTTP {
    /// A route to an HTTP consumer class: `Route("/feed/", Feed.init)`.
    public init<C: HTTPConsumer>(
        _ pattern: some RoutePatternConvertible, _ make: @escaping @Sendable (HTTPConsumerContext) -> C,
        name: String? = nil, defaults: [String: any Sendable] = [:]
    ) {
        self.init(pattern, application: HTTPConsumerApplication(make), name: name, defaults: defaults)
    }
}
