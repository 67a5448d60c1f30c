// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore

/// What a developer wants to know of a request that has failed, with secrets masked.
struct ErrorReport: Encodable {
    struct Row: Encodable, Sendable {
        var name: String
        var value: String
    }

    struct Section: Encodable, Sendable {
        var title: String
        var rows: [Row]
    }

    /// More of a kind are left out.
    static let rowLimit = 100

    let error: String
    let type: String
    let text: String
    let sections: [Section]

    /// - Parameter scope: The innermost that is known, so that it has what routers and middleware have put in.
    init(_ failure: any Error, code: String, scope: Scope) {
        error = code
        type = String(reflecting: Swift.type(of: failure))
        text = SecretMask.shortened(String(describing: failure), to: 4_000)
        let candidates = [
            Section(title: "Request", rows: Self.request(scope)),
            Section(title: "Route", rows: Self.route(scope)),
            Section(title: "Query", rows: Self.query(scope)),
            Section(
                title: "Headers",
                rows: scope.headers.map { Row(name: $0.name.rawName, value: Self.header($0)) }),
            // The name alone says whether it came; a value may be a session.
            Section(
                title: "Cookies",
                rows: Cookies(scope.headers).all.map {
                    Row(name: SecretMask.shortened($0.name), value: SecretMask.text)
                }),
            Section(title: "Routes", rows: (failure as? RoutingError)?.code == .noRoute ? Self.routes(scope) : []),
        ]
        sections = candidates.filter { !$0.rows.isEmpty }.map {
            Section(title: $0.title, rows: Array($0.rows.prefix(Self.rowLimit)))
        }
    }

    private static func request(_ scope: Scope) -> [Row] {
        var rows = [
            Row(name: "method", value: scope.method.rawValue), Row(name: "path", value: path(scope)),
            Row(name: "protocol", value: "\(scope.scheme), HTTP/\(scope.httpVersion)"),
        ]
        if !scope.rootPath.isEmpty { rows.append(Row(name: "root path", value: SecretMask.shortened(scope.rootPath))) }
        if let client = scope.client { rows.append(Row(name: "client", value: "\(client)")) }
        rows.append(Row(name: "user", value: scope.user.isAuthenticated ? scope.user.name : "nobody"))
        rows.append(Row(name: "language", value: scope.locale.tag))
        return rows
    }

    /// The path, with captures that are secrets masked in it: `/reset/<token>/`.
    private static func path(_ scope: Scope) -> String {
        var path = scope.path
        for (name, value) in scope.route.named where SecretMask.hides(name) {
            let secret = String(describing: value)
            if !secret.isEmpty {
                path = path.split(separator: secret, omittingEmptySubsequences: false).joined(
                    separator: SecretMask.text)
            }
        }
        return SecretMask.shortened(path)
    }

    private static func route(_ scope: Scope) -> [Row] {
        let name = scope.route.name.map { [Row(name: "name", value: $0)] } ?? []
        let captures = scope.route.named.map { name, value in
            Row(name: "<\(name)>", value: SecretMask.value(String(describing: value), of: name))
        }
        let positional = scope.route.positional.enumerated().map { index, value in
            Row(name: "\(index)", value: SecretMask.shortened(value))
        }
        return name + captures + positional
    }

    /// The fields, not the text: what would be masked could not be found in it.
    private static func query(_ scope: Scope) -> [Row] {
        let query = (try? FormFields(parsing: scope.queryString)) ?? FormFields()
        return query.fields.map {
            Row(name: SecretMask.shortened($0.name), value: SecretMask.value($0.value, of: $0.name))
        }
    }

    /// An address in a field may carry secrets in its query.
    private static func header(_ field: HTTPField) -> String {
        guard field.name == .referer else { return SecretMask.value(field.value, of: field.name.rawName) }
        let address = field.value.prefix { $0 != "?" && $0 != "#" }
        return SecretMask.shortened(String(address) + (address.endIndex == field.value.endIndex ? "" : "?…"))
    }

    private static func routes(_ scope: Scope) -> [Row] {
        scope.state[KnownRoutes.self].filter { $0.kind == scope.type }.map {
            Row(name: ($0.host ?? "") + $0.pattern, value: $0.application + ($0.plugin.map { " (\($0))" } ?? ""))
        }
    }

    /// The report for a template.
    var values: [String: any Sendable] {
        ["code": error, "type": type, "text": text, "sections": sections]
    }

    /// The report without a template.
    var plainText: String {
        let parts = sections.map { section in
            section.title + "\n" + section.rows.map { "  \($0.name): \($0.value)\n" }.joined()
        }
        return "\(type)\n\(text)\n\n" + parts.joined(separator: "\n")
    }
}
