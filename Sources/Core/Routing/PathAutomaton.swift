// SPDX-License-Identifier: Apache-2.0

/// The paths that a route takes, as a finite automaton over characters: by which it is known whether one route takes
/// all that another would.
///
/// Paths with a line feed are left out (`path` takes none, and no link has one), and so are numbers of more than 18
/// digits for `int`: whoever counts on those to reach a later route would surprise everybody.
struct PathAutomaton: Sendable {
    enum Label: Sendable {
        case scalar(Unicode.Scalar)
        case characters(PathCharacters)
        /// A text that an application's own converter may refuse: only the same converter takes it for certain.
        case converter(String, ConverterTable)
    }

    private(set) var steps: [[(label: Label, target: Int)]] = [[]]
    private(set) var finals: Set<Int> = []
    /// The states after what was added so far.
    private var frontier: Set<Int> = [0]

    /// - Parameter isOpaque: which of the application's own converters stay one step; others become their shape.
    /// - Returns: `nil` when the levels cannot be compared: regular expressions, and mounts whose prefix leaves a choice.
    init?(_ leaf: RouteLeaf, isOpaque: (CompiledPath.Capture) -> Bool) {
        let levels = leaf.trail.levels
        for (index, level) in levels.enumerated() {
            guard let path = level.path else { return nil }
            let isOuter = index < levels.count - 1
            if isOuter, !path.matcher.leavesNoChoice || path.matcher.mayEndInSlash { return nil }
            add(path, isOpaque: isOpaque)
            guard isOuter else { continue }
            if path.matcher.endsAnywhere { continue }
            // One slash stands between prefix and rest; an empty rest needs none.
            if levels[(index + 1)...].allSatisfy({ $0.path?.matcher.elements.isEmpty ?? false }) {
                finals.formUnion(frontier)
            }
            add(.scalar("/"))
        }
        finals.formUnion(frontier)
        if leaf.isMount {
            let endsAnywhere = levels.last?.path?.matcher.endsAnywhere ?? true
            if !endsAnywhere { add(.scalar("/")) }
            finals.formUnion(frontier)
            add(.characters(.line))
            repeatLast(.characters(.line))
            finals.formUnion(frontier)
        }
    }

    private mutating func add(_ path: CompiledPath, isOpaque: (CompiledPath.Capture) -> Bool) {
        var captures = path.captures.makeIterator()
        for element in path.matcher.elements {
            if case .literal(let bytes) = element {
                for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars { add(.scalar(scalar)) }
                continue
            }
            guard let capture = captures.next() else { continue }
            switch element {
            case .run where capture.owner == nil && capture.converter.name == StandardConverter.int.name:
                var ends: Set<Int> = []
                for _ in 0..<18 {
                    add(.characters(.digits))
                    ends.formUnion(frontier)
                }
                frontier = ends
            case _ where isOpaque(capture):
                if let owner = capture.owner { add(.converter(capture.converter.name, owner)) }
            case .run(let characters):
                add(.characters(characters))
                repeatLast(.characters(characters))
            case .sequence(let sets):
                for set in sets { add(.characters(set.ascii)) }
            case .literal:
                continue
            }
        }
    }

    private mutating func add(_ label: Label) {
        steps.append([])
        for state in frontier { steps[state].append((label, steps.count - 1)) }
        frontier = [steps.count - 1]
    }

    private mutating func repeatLast(_ label: Label) {
        let state = steps.count - 1
        steps[state].append((label, state))
    }
}

extension PathAutomaton {
    /// What a path can have at one place, as far as two automata tell characters apart.
    private enum Symbol: Hashable {
        case scalar(Unicode.Scalar)
        /// Any character beyond ASCII that stands in no literal.
        case other
        case converter(String, ObjectIdentifier)
    }

    private struct Place: Hashable {
        let own: Int
        let others: Set<Int>
    }

    /// Whether each path of another automaton is one of this one, by walking both at once; `false` when that is not
    /// found out within 4,096 steps.
    func covers(_ other: PathAutomaton) -> Bool {
        let literals = Set(
            steps.joined().compactMap { step in
                if case .scalar(let scalar) = step.label, !scalar.isASCII { scalar } else { nil }
            })
        var visited: Set<Place> = [Place(own: 0, others: [0])]
        var waiting = Array(visited)
        while let place = waiting.popLast() {
            if other.finals.contains(place.own), place.others.isDisjoint(with: finals) { return false }
            for step in other.steps[place.own] {
                for symbol in Self.symbols(of: step.label, literals) {
                    let next = Place(own: step.target, others: targets(from: place.others, on: symbol))
                    // Whatever begins like this can be ended somehow: every state leads to a final one.
                    if next.others.isEmpty || visited.count > 4_096 { return false }
                    if visited.insert(next).inserted { waiting.append(next) }
                }
            }
        }
        return true
    }

    private func targets(from states: Set<Int>, on symbol: Symbol) -> Set<Int> {
        var targets: Set<Int> = []
        for state in states {
            for step in steps[state] where Self.takes(step.label, symbol) { targets.insert(step.target) }
        }
        return targets
    }

    private static func takes(_ label: Label, _ symbol: Symbol) -> Bool {
        switch (label, symbol) {
        case (.scalar(let literal), .scalar(let scalar)): literal == scalar
        case (.characters(let set), .scalar(let scalar)): set.contains(scalar)
        case (.characters(let set), .other): set.containsOthers
        case (.converter(let name, let owner), .converter(let symbol, let id)):
            name == symbol && ObjectIdentifier(owner) == id
        default: false
        }
    }

    private static func symbols(of label: Label, _ literals: Set<Unicode.Scalar>) -> [Symbol] {
        switch label {
        case .converter(let name, let owner): return [.converter(name, ObjectIdentifier(owner))]
        case .scalar(let scalar): return scalar.isASCII || literals.contains(scalar) ? [.scalar(scalar)] : [.other]
        case .characters(let set):
            let ascii = (UInt8(0)..<128).lazy.map { Unicode.Scalar($0) }.filter { $0 != "\n" && set.contains($0) }
            return ascii.map(Symbol.scalar) + (set.containsOthers ? literals.map(Symbol.scalar) + [.other] : [])
        }
    }
}

extension PathMatcher {
    /// Whether what a prefix takes can end in a slash without the pattern saying so.
    var mayEndInSlash: Bool {
        switch elements.last {
        case .run(let characters)?: characters.contains("/" as Unicode.Scalar)
        case .sequence(let sets)?: sets.last?.contains("/" as Unicode.Scalar) ?? false
        case .literal?, nil: false
        }
    }
}
