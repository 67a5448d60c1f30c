// SPDX-License-Identifier: Apache-2.0

/// What can stand as a route's pattern: text such as `"/tickets/<int:id>/"`, or a regular expression.
public protocol RoutePatternConvertible {
    /// The pattern.
    var routePattern: RoutePattern { get }
}

/// A route's pattern as written: path pattern (Django's `path`) or regular expression (`re_path`).
///
/// A path pattern is read here, once; what is wrong with it is kept, since patterns stand in literals, and thrown when
/// the application is put together. The leading slash may be left out.
public struct RoutePattern: Sendable, RoutePatternConvertible, ExpressibleByStringLiteral, CustomStringConvertible {
    enum Piece: Sendable, Hashable {
        case literal(String)
        case capture(name: String, converter: String)
    }

    enum Form: Sendable {
        case path(Result<[Piece], RoutingError>)
        case regex(RegexBox)
    }

    let form: Form
    /// The pattern as it is shown: with its leading slash; a regular expression as `<regex>`, since Swift keeps no
    /// source text of one, unless a description was given.
    public let description: String

    /// A path pattern.
    public init(_ path: String) {
        let text = path.first == "/" ? path.dropFirst() : path[...]
        description = "/" + text
        form = .path(Result { () throws(RoutingError) in try Self.parse(text) })
    }

    /// A path pattern in a literal.
    public init(stringLiteral path: String) {
        self.init(path)
    }

    /// A regular expression, matched from the start of the path without its leading slash, to any place: end it with `$`
    /// for a whole path. It is compiled here, once.
    ///
    /// Closures in it (`Capture(transform:)`, custom components) must not share mutable state: they run on every loop.
    /// Only paths of at most 2 KiB are tried. A catastrophic expression such as `(a+)+$` takes time exponential to the
    /// path's length: nested quantifiers over the same characters are the author's risk.
    ///
    /// - Parameter description: what the `routes` command shows.
    public init<Output>(_ regex: Regex<Output>, description: String = "<regex>") {
        form = .regex(RegexBox(regex))
        self.description = description
    }

    /// The pattern itself.
    public var routePattern: RoutePattern { self }

    /// By which two patterns are the same: converters matter, the captures' names do not (`/room/<str>/`). `nil` for
    /// regular expressions and for patterns that could not be read.
    public var canonical: String? {
        guard case .path(.success(let pieces)) = form else { return nil }
        return pieces.reduce(into: "/") { text, piece in
            switch piece {
            case .literal(let literal): text += literal
            case .capture(_, let converter): text += "<\(converter)>"
            }
        }
    }
}

extension String: RoutePatternConvertible {
    /// A path pattern.
    public var routePattern: RoutePattern { RoutePattern(self) }
}

extension Regex: RoutePatternConvertible {
    /// A regular expression.
    public var routePattern: RoutePattern { RoutePattern(self) }
}

extension RoutePattern {
    /// Reads a path pattern (Django's `_route_to_regex`); stricter in that a stray angle bracket is refused.
    private static func parse(_ pattern: Substring) throws(RoutingError) -> [Piece] {
        func invalid(_ problem: String) -> RoutingError {
            RoutingError(.invalidPattern, "route pattern '/\(pattern)': \(problem)")
        }
        var pieces: [Piece] = []
        var names: Set<String> = []
        var rest = pattern
        while !rest.isEmpty {
            let literal = rest.prefix { $0 != "<" && $0 != ">" }
            rest = rest[literal.endIndex...]
            if !literal.isEmpty { pieces.append(.literal(String(literal))) }
            guard let bracket = rest.popFirst() else { break }
            guard bracket == "<", let end = rest.firstIndex(of: ">") else { throw invalid("unbalanced angle brackets") }
            let parts = rest[..<end].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            rest = rest[rest.index(after: end)...]
            guard let name = parts.last, isIdentifier(name) else {
                throw invalid("a capture's name is letters, digits and underscores")
            }
            let converter = parts.count == 2 ? parts[0] : "str"
            guard isIdentifier(converter) else {
                throw invalid("a converter's name is letters, digits and underscores")
            }
            guard names.insert(String(name)).inserted else { throw invalid("two captures are named '\(name)'") }
            pieces.append(.capture(name: String(name), converter: String(converter)))
        }
        return pieces
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        guard let first = text.first, first.isLetter || first == "_" else { return false }
        return text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }
}
