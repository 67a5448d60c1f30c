// SPDX-License-Identifier: Apache-2.0

/// The patterns of a router in the order in which they are tried: path patterns first, then regular expressions.
///
/// Apart from the router, which is generic: what runs for every connection is compiled once, for all kinds.
struct RouteTable: Sendable {
    let entries: [RouteEntry]
    private let heads: [PathHead]

    /// - Parameter entries: those with path patterns before those with regular expressions.
    init(_ entries: [RouteEntry]) {
        self.entries = entries
        heads = entries.compactMap(\.path?.matcher.head)
    }

    /// The first entry, from one on, that matches.
    ///
    /// - Throws: what a custom component of a regular expression throws.
    func firstMatch(_ path: RoutedPath, from first: Int, outer: RouteMatch) throws -> (Int, RouteMatch)? {
        var captures: [Range<Int>] = []
        var first = first
        while let (index, end) = firstPathMatch(path, from: first, captures: &captures) {
            if let match = entries[index].routeMatch(path, end: end, captures: captures, outer: outer) {
                return (index, match)
            }
            first = index + 1
        }
        for index in max(first, heads.count)..<entries.count {
            if let match = try entries[index].regexMatch(path, outer: outer) { return (index, match) }
        }
        return nil
    }

    private func firstPathMatch(_ path: RoutedPath, from first: Int, captures: inout [Range<Int>]) -> (Int, Int)? {
        guard first < heads.count else { return nil }
        var text = path.text
        return text.withUTF8 { buffer in
            let bytes = buffer.span
            let head = PathHead(of: bytes, from: path.start)
            for index in first..<heads.count where heads[index].admits(head) {
                if let end = entries[index].matchEnd(bytes, from: path.start, captures: &captures) {
                    return (index, end)
                }
            }
            return nil
        }
    }
}
