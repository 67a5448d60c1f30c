// SPDX-License-Identifier: Apache-2.0

/// A middleware around all contributed routes.
public struct MiddlewareContribution: Sendable {
    /// The middleware.
    public let middleware: any Middleware
    /// Where it stands: lower ones see a connection first; of equal ones the plug-in's that is listed first.
    public let order: Int
    private let kinds: Set<ObjectIdentifier>?

    /// A middleware.
    ///
    /// - Parameter kinds: the kinds of connection that it serves; `nil` for all (the lifespan is never wrapped).
    public init(_ middleware: any Middleware, order: Int = 0, kinds: [any ConnectionKind.Type]? = nil) {
        self.middleware = middleware
        self.order = order
        self.kinds = kinds.map { Set($0.map { ObjectIdentifier($0) }) }
    }

    func serves<Kind: ConnectionKind>(_ kind: Kind.Type) -> Bool {
        kinds?.contains(ObjectIdentifier(kind)) ?? true
    }
}

extension ContributionKey where Value == MiddlewareContribution {
    /// Middleware around all contributed routes, of every kind.
    public static var middleware: Self { Self("middleware") }
}

extension ListBuilder where Element == MiddlewareContribution {
    /// A middleware that serves every kind, of order 0.
    public static func buildExpression(_ middleware: any Middleware) -> [Element] {
        [MiddlewareContribution(middleware)]
    }
}
