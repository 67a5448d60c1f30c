// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

extension PageHelpers {
    /// `{{#url}}ticket id={{id}} ?page=2{{/url}}`: a route's name, its captures, and fields of the query.
    static func url(_ arguments: TemplateArguments, scope: Scope) throws -> String {
        guard let name = arguments.words.first, arguments.words.count == 1 else {
            throw TemplateError(.badArguments, "{{#url}} takes a route's name, name=value pairs and ?name=value pairs")
        }
        var captures: [String: any Sendable] = [:]
        var query: [(name: String, value: String)] = []
        for pair in arguments.pairs {
            if pair.name.hasPrefix("?") {
                query.append((String(pair.name.dropFirst()), pair.value))
            } else {
                captures[pair.name] = pair.value
            }
        }
        guard let reverse = scope.state[RouteNames.self] else {
            throw TemplateError(
                .badArguments, "{{#url}} needs the names of routes: set state[RouteNames.self] at start")
        }
        return try reverse(scope, name, captures, query)
    }
}

/// Makes the address of a named route from its captures and query.
public enum RouteNames: LifespanStateKey {
    /// Makes an address.
    public typealias Reverse =
        @Sendable (
            _ scope: Scope, _ name: String, _ captures: [String: any Sendable], _ query: [(name: String, value: String)]
        ) throws -> String

    /// None.
    public static var defaultValue: Reverse? { nil }
}
