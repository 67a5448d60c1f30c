// SPDX-License-Identifier: Apache-2.0

/// Finds routes that no path can reach, because an earlier one of the same kind takes all of theirs.
///
/// Only what is certain is reported: regular expressions are not compared, middleware around a mounted router and
/// ``DecliningApplication``s may let later routes be tried, and a converter of the application's own may refuse any text.
struct RouteConflicts {
    fileprivate struct Row {
        let leaf: RouteLeaf
        /// What all of its paths begin with.
        let head: [UInt8]
        /// Its paths, at most; `nil` when it cannot be compared.
        let paths: PathAutomaton?
        /// The paths that it takes for certain; `nil` when that cannot be said.
        let taken: PathAutomaton?
        /// Its only paths, when it has no captures.
        let texts: [String]
        let converters: Set<OwnConverter>
    }

    fileprivate struct OwnConverter: Hashable {
        let name: String
        let owner: ObjectIdentifier
    }

    /// - Parameter leaves: all routes of one kind, in the order in which they are tried.
    /// - Returns: one error for each route that is not reached.
    static func find(in leaves: [RouteLeaf]) -> [RoutingError] {
        var rows: [Row] = []
        var problems: [RoutingError] = []
        for leaf in leaves {
            let row = Row(leaf)
            if let earlier = rows.first(where: { $0.covers(row) }) {
                problems.append(conflict(of: row.leaf, with: earlier.leaf))
            } else {
                rows.append(row)
            }
        }
        return problems
    }

    private static func conflict(of later: RouteLeaf, with earlier: RouteLeaf) -> RoutingError {
        let isSame = later.canonical == earlier.canonical
        return RoutingError(
            .conflict,
            isSame
                ? "\(later.kind) route \(later.shown) takes the same paths as \(earlier.shown)"
                : "\(later.kind) route \(later.shown) is never reached: \(earlier.shown) takes all of its paths")
    }
}

extension RouteConflicts.Row {
    init(_ leaf: RouteLeaf) {
        self.leaf = leaf
        let paths = leaf.trail.levels.map(\.path)
        let captures = paths.flatMap { $0?.captures ?? [] }
        converters = Set(captures.compactMap { capture in capture.owner.map { (capture, $0) } }.map(Self.own))
        self.paths = PathAutomaton(leaf) { _ in false }
        let isCertain =
            !leaf.mayDecline
            && (captures.allSatisfy(\.takesWholeShape) || paths.allSatisfy { $0?.matcher.leavesNoChoice ?? false })
        taken = isCertain ? PathAutomaton(leaf) { $0.owner != nil } : nil
        head = leaf.head
        texts = captures.isEmpty && !leaf.isMount && self.paths != nil ? leaf.literalTexts : []
    }

    /// Whether this route, the earlier one, takes every path of a later one.
    func covers(_ later: Self) -> Bool {
        let conditions = leaf.trail.conditions
        guard !leaf.mayDecline, later.leaf.trail.conditions.starts(with: conditions), later.head.starts(with: head)
        else { return false }
        if leaf.canonical != nil, leaf.canonical == later.leaf.canonical, leaf.hasSameCaptures(as: later.leaf) {
            return true
        }
        if !later.texts.isEmpty {
            return later.texts.allSatisfy { leaf.trail.captures(of: $0) != nil }
        }
        guard let taken, let paths = later.paths else { return false }
        let shared = converters.intersection(later.converters)
        guard !shared.isEmpty else { return taken.covers(paths) }
        let opaque = PathAutomaton(later.leaf) { capture in
            capture.owner.map { shared.contains(Self.own((capture, $0))) } ?? false
        }
        return opaque.map(taken.covers) ?? false
    }

    private static func own(_ converter: (CompiledPath.Capture, ConverterTable)) -> RouteConflicts.OwnConverter {
        RouteConflicts.OwnConverter(name: converter.0.converter.name, owner: ObjectIdentifier(converter.1))
    }
}

extension RouteLeaf {
    /// By which two routes are the same but for the captures' names; `nil` for regular expressions.
    fileprivate var canonical: String? {
        let patterns = trail.levels.compactMap(\.pattern.canonical)
        guard patterns.count == trail.levels.count, trail.levels.allSatisfy({ $0.path != nil }) else { return nil }
        let pattern = patterns.reduce(into: "") { text, pattern in
            if text.hasSuffix("/") { text.removeLast() }
            text += pattern
        }
        return isMount ? pattern + "…" : pattern
    }

    fileprivate func hasSameCaptures(as other: RouteLeaf) -> Bool {
        let (own, others) = (captures, other.captures)
        return trail.levels.count == other.trail.levels.count && own.count == others.count
            && zip(own, others).allSatisfy { $0.readsLike($1) }
    }

    private var captures: [CompiledPath.Capture] { trail.levels.flatMap { $0.path?.captures ?? [] } }

    /// The only paths of a route without captures, without their leading slash.
    fileprivate var literalTexts: [String] {
        let text = String(trail.description.dropFirst())
        // The root of a mounted router is reached with and without the slash.
        let isRoot = trail.levels.count > 1 && trail.levels.last?.path?.matcher.elements.isEmpty ?? false
        return isRoot ? [text, String(text.dropLast())] : [text]
    }

    /// What all of its paths begin with, as far as that is plain.
    fileprivate var head: [UInt8] {
        var head: [UInt8] = []
        for (index, level) in trail.levels.enumerated() {
            guard let path = level.path else { return head }
            if case .literal(let bytes)? = path.matcher.elements.first { head += bytes }
            let rest = trail.levels[(index + 1)...]
            guard path.captures.isEmpty, !rest.allSatisfy({ $0.path?.matcher.elements.isEmpty ?? true }) else { break }
            if !path.matcher.endsAnywhere { head.append(UInt8(ascii: "/")) }
        }
        return head
    }

    /// For messages: host, pattern, name and plug-in.
    fileprivate var shown: String {
        (trail.host ?? "") + pattern + (name.map { " '\($0)'" } ?? "")
            + (trail.plugin.map { " of plug-in '\($0)'" } ?? "")
    }
}
