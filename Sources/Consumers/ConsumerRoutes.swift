// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

extension Route where Kind == WebSocket {
    /// A route to a consumer class: `Route("/room/<group>/", ChatConsumer.init)`.
    ///
    /// - Parameter make: called once for each connection, in its task; a closure hands further arguments over:
    ///   `Route("/limited/") { LimitedConsumer($0, limit: 3) }`.
    public init<C: Consumer>(
        _ pattern: some RoutePatternConvertible, _ make: @escaping @Sendable (ConsumerContext) -> C,
        name: String? = nil, defaults: [String: any Sendable] = [:]
    ) {
        self.init(pattern, application: ConsumerApplication(make), name: name, defaults: defaults)
    }
}

extension ConsumerApplication: CustomStringConvertible {
    /// The consumer's class, as route lists show it.
    public var description: String { "\(type)" }
}
