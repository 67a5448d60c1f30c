// SPDX-License-Identifier: Apache-2.0

/// A path pattern ready to match: literals and character sets over UTF-8 bytes.
///
/// Finds what Django's regular expression for the pattern finds (the first capture as long as the rest allows, and so
/// on) in time linear to the path: most patterns leave no choice and are read once from left to right, the others
/// (`<path:file>/edit/`, `<a>-<b>`) by a table of the places from which the rest of the pattern fits.
struct PathMatcher: Sendable {
    enum Element: Sendable {
        case literal([UInt8])
        case run(PathCharacters)
        case sequence([PathCharacters])

        /// Whether the path has this element at a place, for those of a fixed length; their end.
        func fixedEnd(in path: borrowing Span<UInt8>, at start: Int) -> Int? {
            switch self {
            case .literal(let bytes):
                guard start + bytes.count <= path.count else { return nil }
                for index in bytes.indices where path[start + index] != bytes[index] { return nil }
                return start + bytes.count
            case .sequence(let sets):
                guard start + sets.count <= path.count else { return nil }
                for index in sets.indices {
                    let byte = path[start + index]
                    guard byte < 0x80, sets[index].contains(byte) else { return nil }
                }
                return start + sets.count
            case .run:
                return nil
            }
        }

        var isCapture: Bool {
            if case .literal = self { false } else { true }
        }
    }

    /// How matching paths begin.
    let head: PathHead
    let elements: [Element]
    /// Whether more path may follow: a mount.
    private let isPrefix: Bool
    /// Whether a prefix need not be followed by a slash, since it is empty or ends in one.
    let endsAnywhere: Bool
    /// Whether a path is matched in one way or in none.
    let leavesNoChoice: Bool

    init(_ elements: [Element], isPrefix: Bool) {
        let first: [UInt8] = if case .literal(let literal)? = elements.first { literal } else { [] }
        head = PathHead(ofLiteral: first)
        self.elements = elements
        self.isPrefix = isPrefix
        endsAnywhere = if case .literal(let last)? = elements.last { last.last == slash } else { elements.isEmpty }
        leavesNoChoice = elements.indices.allSatisfy { index in
            guard case .run(let characters) = elements[index] else { return true }
            guard index + 1 < elements.count else { return !isPrefix || !characters.contains(slash) }
            if case .literal(let next) = elements[index + 1] { return !characters.contains(next[0]) }
            return false
        }
    }

    /// Matches from a place to the path's end, or, as a prefix, to a slash or the end.
    ///
    /// - Parameter captures: gets the range of each capture, in bytes; of no meaning without a match.
    /// - Returns: where the match ends, or `nil`.
    func match(_ path: borrowing Span<UInt8>, from start: Int, captures: inout [Range<Int>]) -> Int? {
        captures.removeAll(keepingCapacity: true)
        return leavesNoChoice
            ? matchStraight(path, from: start, captures: &captures)
            : matchWithTable(path, from: start, captures: &captures)
    }

    private func matchStraight(
        _ path: borrowing Span<UInt8>, from start: Int, captures: inout [Range<Int>]
    ) -> Int? {
        var place = start
        for element in elements {
            let begin = place
            if case .run(let characters) = element {
                while place < path.count, characters.contains(path[place]) { place += 1 }
                if place == begin { return nil }
            } else {
                guard let end = element.fixedEnd(in: path, at: place) else { return nil }
                place = end
            }
            if element.isCapture { captures.append(begin..<place) }
        }
        return canEnd(path, at: place) ? place : nil
    }

    private func matchWithTable(
        _ path: borrowing Span<UInt8>, from start: Int, captures: inout [Range<Int>]
    ) -> Int? {
        // Before the table is made, what cannot match anyway: most other paths of the application.
        if case .literal? = elements.first, elements[0].fixedEnd(in: path, at: start) == nil { return nil }
        let width = path.count - start + 1
        // fits[row * width + offset]: the elements from `row` on fit from `start + offset` on.
        var fits = [Bool](repeating: false, count: (elements.count + 1) * width)
        for offset in 0..<width { fits[elements.count * width + offset] = canEnd(path, at: start + offset) }
        for row in elements.indices.reversed() {
            let next = (row + 1) * width
            if case .run(let characters) = elements[row] {
                var nearest: Int?  // the nearest end behind the place, within the run
                for offset in (0..<(width - 1)).reversed() {
                    guard characters.contains(path[start + offset]) else {
                        nearest = nil
                        continue
                    }
                    if fits[next + offset + 1] { nearest = offset + 1 }
                    fits[row * width + offset] = nearest != nil && startsCharacter(path, at: start + offset)
                }
            } else {
                for offset in 0..<width {
                    if let end = elements[row].fixedEnd(in: path, at: start + offset) {
                        fits[row * width + offset] = fits[next + end - start]
                    }
                }
            }
        }
        guard fits[0] else { return nil }
        var offset = 0
        for row in elements.indices {
            let begin = offset
            let next = (row + 1) * width
            if case .run(let characters) = elements[row] {
                var place = begin
                while place < width - 1, characters.contains(path[start + place]) {
                    place += 1
                    if fits[next + place] { offset = place }
                }
            } else if let end = elements[row].fixedEnd(in: path, at: start + begin) {
                offset = end - start
            }
            if elements[row].isCapture { captures.append(start + begin..<start + offset) }
        }
        return start + offset
    }

    private func canEnd(_ path: borrowing Span<UInt8>, at place: Int) -> Bool {
        if place == path.count { return true }
        guard isPrefix, startsCharacter(path, at: place) else { return false }
        return endsAnywhere || path[place] == slash
    }

    /// Whether a character of Unicode starts here: captures are never cut inside one.
    private func startsCharacter(_ path: borrowing Span<UInt8>, at place: Int) -> Bool {
        path[place] & 0xC0 != 0x80
    }
}

private let slash = UInt8(ascii: "/")
