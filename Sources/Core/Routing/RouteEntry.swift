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

    var isRegex: Bool {
        if case .regex = matcher { true } else { false }
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

    /// The match of an outer router with what this route takes added, or `nil`.
    func match(_ path: RoutedPath, outer: RouteMatch, captures: inout [Range<Int>]) throws -> RouteMatch? {
        var match: RouteMatch
        switch matcher {
        case .path(let pattern, let names):
            var text = path.text
            let end = text.withUTF8 { pattern.match($0.span, from: path.start, captures: &captures) }
            guard let end else { return nil }
            match = outer
            for (name, range) in zip(names, captures) {
                guard let value = name.converter.parse(path.text(in: range)) else { return nil }
                match.set(name.name, to: value)
            }
            match.remaining = path.remaining(from: end)
        case .regex(let regex):
            guard path.count <= URLRouter<Kind>.regexPathLimit else { return nil }
            let text = String(Substring(path.text.utf8.dropFirst(path.start)))
            guard let found = try regex.match(text) else { return nil }
            match = outer
            for (name, value) in found.named { match.set(name, to: value) }
            for value in found.positional { match.append(value) }
            match.remaining = path.remaining(from: path.start + found.taken)
        }
        for (name, value) in defaults { match.set(name, to: value) }
        if let name = route.name { match.name = name }
        return match
    }

    private static func converter(named name: String, among own: [any PathConverter]) -> (any PathConverter)? {
        own.first { $0.name == name } ?? StandardConverter.all.first { $0.name == name }
    }
}
