// SPDX-License-Identifier: Apache-2.0

/// The names of an application's routes, and the paths that lead to them: Django's `reverse`.
///
/// Made once at start; views, templates and consumers find it in the state of every scope:
/// ```swift
/// try scope.reverse("ticket", ["id": 7])                         // /tickets/7/
/// try scope.reverse("shop:item", ["slug": "tea"], query: [("page", "2")])
/// try scope.reverse("room", ["group": "聊天"], for: WebSocket.self)
/// ```
/// Each kind of connection has names of its own. Several routes of one name are told apart by their arguments; when two
/// take the same, the later one counts, as in Django.
public struct URLReverser: Sendable {
    private struct Key: Hashable, Sendable {
        let kind: String
        let name: String
    }

    private var candidates: [Key: [ReverseCandidate]] = [:]

    /// No names.
    public init() {}

    /// The names of a router's routes, of mounted routers too, with their namespaces (`shop:item`).
    public init(_ router: ProtocolTypeRouter) {
        for leaf in router.leaves.reversed() {
            guard let name = leaf.name else { continue }
            candidates[Key(kind: leaf.kind, name: name), default: []].append(ReverseCandidate(leaf))
        }
    }

    /// Whether there are no names at all.
    public var isEmpty: Bool { candidates.isEmpty }

    /// All names of a kind, sorted.
    public func names(for kind: any ConnectionKind.Type = HTTP.self) -> [String] {
        candidates.keys.filter { $0.kind == kind.type }.map(\.name).sorted()
    }

    /// The path of a route, percent-encoded (RFC 3986 §3.3), with its leading slash.
    ///
    /// The path leads back to the route's pattern with the same captures; what cannot is refused: a value that its
    /// converter does not take, two captures that would be cut elsewhere, and `.` or `..` as a segment, which clients
    /// take out of every path, escaped or not.
    ///
    /// - Parameters:
    ///   - name: the route's name with its namespaces.
    ///   - arguments: a value for each capture that no default stands for; a default may be given with its own value.
    ///   - kind: the kind of connection. Default: HTTP.
    ///   - rootPath: the prefix of the whole application (``Scope/rootPath``), unescaped. Default: none.
    ///   - query: the query's fields in order. Default: none.
    ///   - fragment: what stands behind `#`. Default: none.
    /// - Throws: ``RoutingError/Code/noReverse`` (Django's `NoReverseMatch`) that names the route, the given arguments
    ///   and what was tried.
    public func reverse(
        _ name: String, _ arguments: [String: any Sendable] = [:], for kind: any ConnectionKind.Type = HTTP.self,
        rootPath: String = "", query: [(name: String, value: String)] = [], fragment: String? = nil
    ) throws(RoutingError) -> String {
        var refusals: [String] = []
        for candidate in candidates[Key(kind: kind.type, name: name)] ?? [] {
            switch candidate.path(arguments) {
            case .success(let path): return URLText.join(rootPath, path, query, fragment)
            case .failure(let refusal): refusals.append("\(candidate.pattern) (\(refusal.reason))")
            }
        }
        guard !refusals.isEmpty else { throw unknown(name, kind.type) }
        let given = arguments.sorted { $0.key < $1.key }
            .map { "\($0.key): \(String(String(describing: $0.value).prefix(100)).debugDescription)" }
        throw RoutingError(
            .noReverse,
            "no \(kind.type) route named '\(name)' can be reversed with "
                + (given.isEmpty ? "no arguments" : "(\(given.joined(separator: ", ")))")
                + "; tried: \(refusals.joined(separator: "; "))")
    }

    private func unknown(_ name: String, _ kind: String) -> RoutingError {
        let others = Set(candidates.keys.filter { $0.name == name }.map(\.kind)).sorted()
        return RoutingError(
            .noReverse,
            "there is no \(kind) route named \(String(name.prefix(100)).debugDescription)"
                + (others.isEmpty ? "" : ", but one of kind \(others.joined(separator: ", "))")
                + (isEmpty ? ": no route has a name, or the application's lifespan was not run" : ""))
    }
}
