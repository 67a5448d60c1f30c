// SPDX-License-Identifier: Apache-2.0

/// A route in a router: its pattern compiled with the router's converters.
struct RouteEntry<Kind: ConnectionKind>: Sendable {
    private struct Capture: Sendable {
        let name: String
        let converter: any PathConverter
    }

    private enum Matcher: Sendable {
        case path(PathMatcher, [Capture])
        case regex(RegexBox)
    }

    let route: Route<Kind>
    private let matcher: Matcher
    private let defaults: [(name: String, value: any Sendable)]

    /// How paths of the path pattern begin; `nil` for regular expressions.
    var head: PathHead? {
        if case .path(let pattern, _) = matcher { pattern.head } else { nil }
    }

    init(_ route: Route<Kind>, converters: [any PathConverter]) throws(RoutingError) {
        self.route = route
        defaults = route.defaults.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        switch route.pattern.form {
        case .regex(let regex):
            matcher = .regex(regex)
        case .path(let pieces):
            var elements: [PathMatcher.Element] = []
            var captures: [Capture] = []
            for piece in try pieces.get() {
                switch piece {
                case .literal(let text):
                    elements.append(.literal(Array(text.utf8)))
                case .capture(let name, let wanted):
                    guard let converter = Self.converter(named: wanted, among: converters) else {
                        throw RoutingError(
                            .invalidPattern, "route pattern '\(route.pattern)': there is no converter '\(wanted)'")
                    }
                    captures.append(Capture(name: name, converter: converter))
                    switch converter.shape.form {
                    case .run(let characters): elements.append(.run(characters))
                    case .sequence(let sets): elements.append(.sequence(sets))
                    }
                }
            }
            matcher = .path(PathMatcher(elements, isPrefix: route.isMount), captures)
        }
    }

    /// Looks only at bytes and makes nothing, so that a router passes over its other routes quickly.
    ///
    /// - Returns: where the path pattern's match ends, or `nil`; `nil` for regular expressions.
    func matchEnd(_ path: borrowing Span<UInt8>, from start: Int, captures: inout [Range<Int>]) -> Int? {
        guard case .path(let pattern, _) = matcher else { return nil }
        return pattern.match(path, from: start, captures: &captures)
    }

    /// The match of an outer router with what this route's path pattern took added; `nil` when a capture is no value
    /// of its converter.
    func routeMatch(_ path: RoutedPath, end: Int, captures: [Range<Int>], outer: RouteMatch) -> RouteMatch? {
        guard case .path(_, let names) = matcher else { return nil }
        var match = outer
        for (capture, range) in zip(names, captures) {
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
        guard case .regex(let regex) = matcher, path.count <= URLRouter<Kind>.regexPathLimit else { return nil }
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
        if let name = route.name { match.name = name }
    }

    private static func converter(named name: String, among own: [any PathConverter]) -> (any PathConverter)? {
        own.first { $0.name == name } ?? StandardConverter.all.first { $0.name == name }
    }
}
