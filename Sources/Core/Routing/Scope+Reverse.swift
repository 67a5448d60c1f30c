// SPDX-License-Identifier: Apache-2.0

extension URLReverser: LifespanStateKey {
    /// No names: before the application's lifespan was run.
    public static let defaultValue = URLReverser()
}

extension LifespanState {
    /// The path of a named route: ``URLReverser/reverse(_:_:for:rootPath:query:fragment:)`` of the running application.
    ///
    /// Where there is a scope, ``Scope/reverse(_:_:for:query:fragment:)`` puts its root path in front.
    public func reverse(
        _ name: String, _ arguments: [String: any Sendable] = [:], for kind: any ConnectionKind.Type = HTTP.self,
        rootPath: String = "", query: [(name: String, value: String)] = [], fragment: String? = nil
    ) throws(RoutingError) -> String {
        try self[URLReverser.self].reverse(
            name, arguments, for: kind, rootPath: rootPath, query: query, fragment: fragment)
    }
}

extension Scope {
    /// The path of a named route under this connection's ``rootPath``.
    ///
    /// - Throws: ``RoutingError/Code/noReverse``.
    public func reverse(
        _ name: String, _ arguments: [String: any Sendable] = [:], for kind: any ConnectionKind.Type = HTTP.self,
        query: [(name: String, value: String)] = [], fragment: String? = nil
    ) throws(RoutingError) -> String {
        try state.reverse(name, arguments, for: kind, rootPath: rootPath, query: query, fragment: fragment)
    }
}
