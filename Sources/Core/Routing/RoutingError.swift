// SPDX-License-Identifier: Apache-2.0

/// Why routing failed.
public struct RoutingError: ApplicationError, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Sendable, Hashable {
        enum Value: Sendable { case noRoute, noApplication, noSuchCapture, invalidPattern, conflict, noReverse }

        let value: Value

        /// No route matches the path: answered with 404, for a WebSocket handshake too.
        public static let noRoute = Self(value: .noRoute)
        /// No application is mounted for this kind of connection.
        public static let noApplication = Self(value: .noApplication)
        /// The route has no such capture, or of another type.
        public static let noSuchCapture = Self(value: .noSuchCapture)
        /// A route pattern that cannot be read.
        public static let invalidPattern = Self(value: .invalidPattern)
        /// A route that no path reaches, since an earlier one takes all of its paths.
        public static let conflict = Self(value: .conflict)
        /// No route of the name takes the arguments (Django's `NoReverseMatch`).
        public static let noReverse = Self(value: .noReverse)
    }

    /// The kind of failure.
    public let code: Code
    /// What failed, for the log.
    public let description: String

    /// A failure with its explanation.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// Nothing is mounted for a kind of connection; names it.
    public static func noApplication<Kind: ConnectionKind>(_ kind: Kind.Type) -> RoutingError {
        RoutingError(.noApplication, "no application is mounted for connections of type '\(kind.type)'")
    }

    /// Several failures as one: the first one's code, each on a line of its own.
    init?(_ problems: [RoutingError]) {
        guard let first = problems.first else { return nil }
        self.init(first.code, problems.map(\.description).joined(separator: "\n"))
    }

    /// 404 where nothing is mounted, else a fault of the application.
    public var disposition: ErrorDisposition {
        switch code.value {
        case .noRoute, .noApplication: .notFound
        case .noSuchCapture, .invalidPattern, .conflict, .noReverse: .internalError
        }
    }
}
