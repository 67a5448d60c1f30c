// SPDX-License-Identifier: Apache-2.0

/// A named route as reverse lookup sees it.
struct ReverseCandidate: Sendable {
    /// Why the route does not take the arguments.
    struct Refusal: Error {
        let reason: String
    }

    private enum Piece: Sendable {
        case literal(String)
        case capture(CompiledPath.Capture)
    }

    /// The whole pattern, for messages.
    let pattern: String
    private let trail: RouteTrail
    /// `nil` when a regular expression is on the way.
    private let pieces: [Piece]?
    private let captures: Set<String>
    /// Whether the path ends in the slash between a mount's prefix and the root of its router, which may be left out.
    private let endsInMountRoot: Bool

    init(_ leaf: RouteLeaf) {
        pattern = leaf.pattern
        trail = leaf.trail
        pieces = Self.pieces(trail.levels)
        let levels = trail.levels
        let roots = levels.reversed().prefix { $0.path?.matcher.elements.isEmpty ?? false }.count
        endsInMountRoot =
            (1..<levels.count).contains(roots) && levels[levels.count - roots - 1].path?.matcher.endsAnywhere == false
        captures = Set(trail.levels.flatMap { $0.path?.captures.map(\.name) ?? [] })
    }

    private static func pieces(_ levels: [RouteTrail.Level]) -> [Piece]? {
        var pieces: [Piece] = []
        for (index, level) in levels.enumerated() {
            guard let path = level.path else { return nil }
            var captures = path.captures.makeIterator()
            for element in path.matcher.elements {
                if case .literal(let bytes) = element {
                    pieces.append(.literal(String(decoding: bytes, as: UTF8.self)))
                } else if let capture = captures.next() {
                    pieces.append(.capture(capture))
                }
            }
            if index < levels.count - 1, !path.matcher.endsAnywhere { pieces.append(.literal("/")) }
        }
        return pieces
    }

    /// The route's path for the arguments, without its leading slash and not yet escaped.
    func path(_ arguments: [String: any Sendable]) -> Result<String, Refusal> {
        Result { () throws(Refusal) in try write(arguments) }
    }

    private func write(_ arguments: [String: any Sendable]) throws(Refusal) -> String {
        guard let pieces else { throw Refusal(reason: "regular expressions have no reverse") }
        for (name, value) in arguments.sorted(by: { $0.key < $1.key }) where !captures.contains(name) {
            guard let own = trail.defaults[name] else { throw Refusal(reason: "there is no capture '\(name)'") }
            guard String(describing: own) == String(describing: value) else {
                throw Refusal(reason: "'\(name)' has another value there")
            }
        }
        var path = ""
        var texts: [String] = []
        for piece in pieces {
            switch piece {
            case .literal(let literal):
                path += literal
            case .capture(let capture):
                guard let value = arguments[capture.name] ?? trail.defaults[capture.name] else {
                    throw Refusal(reason: "the argument '\(capture.name)' is missing")
                }
                guard let text = capture.converter.format(value), capture.converter.shape.takes(text[...].utf8) else {
                    throw Refusal(reason: "'\(capture.name)' is nothing that '\(capture.converter.name)' takes")
                }
                texts.append(text)
                path += text
            }
        }
        guard !path.utf8.contains(0) else { throw Refusal(reason: "a path has no NUL") }
        let segments = path.utf8.split(separator: UInt8(ascii: "/"))
        guard !segments.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) else {
            throw Refusal(reason: "clients take the segments '.' and '..' out of a path")
        }
        if isRead(path, as: texts) { return path }
        // A capture before the root may take the slash for its own.
        guard endsInMountRoot, isRead(String(path.dropLast()), as: texts) else {
            throw Refusal(reason: "the path would be read in another way")
        }
        return String(path.dropLast())
    }

    private func isRead(_ path: String, as texts: [String]) -> Bool {
        trail.captures(of: path)?.elementsEqual(texts) { $0.utf8.elementsEqual($1.utf8) } ?? false
    }
}
