// SPDX-License-Identifier: Apache-2.0

/// What a router knows of a route's paths, whatever kind of connection it serves: its pattern compiled with the router's
/// converters.
struct RouteEntry: Sendable {
    /// Paths longer than this, in bytes, are not tried with regular expressions.
    static let regexPathLimit = 2_048

    private enum Matcher: Sendable {
        case path(CompiledPath)
        case regex(RegexBox)
    }

    private let matcher: Matcher
    private let defaults: [(name: String, value: any Sendable)]
    private let name: String?
    let isMount: Bool
    let mountsRouter: Bool

    /// The path pattern; `nil` for regular expressions.
    var path: CompiledPath? {
        if case .path(let path) = matcher { path } else { nil }
    }

    init(_ route: Route<some ConnectionKind>, converters: ConverterTable) throws(RoutingError) {
        name = route.name
        isMount = route.isMount
        mountsRouter = route.mountsRouter
        defaults = route.defaults.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        switch route.pattern.form {
        case .regex(let regex):
            matcher = .regex(regex)
        case .path(let pieces):
            let pieces = try pieces.get()
            matcher = .path(
                try CompiledPath(pieces, of: route.pattern, isPrefix: route.isMount, converters: converters))
        }
    }

    /// Looks only at bytes and makes nothing, so that a router passes over its other routes quickly.
    ///
    /// - Returns: where the path pattern's match ends, or `nil`; `nil` for regular expressions.
    func matchEnd(_ path: borrowing Span<UInt8>, from start: Int, captures: inout [Range<Int>]) -> Int? {
        guard case .path(let pattern) = matcher else { return nil }
        return pattern.matcher.match(path, from: start, captures: &captures)
    }

    /// The match of an outer router with what this route's path pattern took added; `nil` when a capture is no value
    /// of its converter.
    func routeMatch(_ path: RoutedPath, end: Int, captures: [Range<Int>], outer: RouteMatch) -> RouteMatch? {
        guard case .path(let pattern) = matcher else { return nil }
        var match = outer
        for (capture, range) in zip(pattern.captures, captures) {
            guard let value = capture.converter.parse(path.text(in: range)) else { return nil }
            match.set(capture.name, to: value)
        }
        match.remaining = path.remaining(from: end)
        addOwn(to: &match)
        return match
    }

    /// The match of an outer router with what this route's regular expression takes added, or `nil`.
    ///
    /// - Throws: what a custom component of the expression throws.
    func regexMatch(_ path: RoutedPath, outer: RouteMatch) throws -> RouteMatch? {
        guard case .regex(let regex) = matcher, path.count <= Self.regexPathLimit else { return nil }
        guard let found = try regex.match(path.whole) else { return nil }
        var match = outer
        for (name, value) in found.named { match.set(name, to: value) }
        for value in found.positional { match.append(value) }
        match.remaining = path.remaining(from: path.start + found.taken)
        addOwn(to: &match)
        return match
    }

    private func addOwn(to match: inout RouteMatch) {
        for (name, value) in defaults { match.set(name, to: value) }
        guard let name else { return }
        if mountsRouter { match.enter(namespace: name) } else { match.name = name }
    }
}
