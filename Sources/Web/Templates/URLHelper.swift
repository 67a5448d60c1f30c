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
        return try scope.reverse(name, captures, query: query)
    }
}

extension Request {
    /// The address of a named route, see `Scope.reverse`: `request.reverse("ticket", ["id": 7])`.
    ///
    /// - Throws: `RoutingError.Code.noReverse`.
    public func reverse(
        _ name: String, _ captures: [String: any Sendable] = [:], query: [(name: String, value: String)] = []
    ) throws(RoutingError) -> String {
        try scope.reverse(name, captures, query: query)
    }
}
