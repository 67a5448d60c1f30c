// SPDX-License-Identifier: Apache-2.0

/// A regular expression that several tasks match with.
///
/// Proof of `@unchecked Sendable`: the only state that matching changes in a `Regex` is its lowered program, made at the
/// first match; `init` makes that match before anyone else can see the expression, whose copy (from its syntax tree) is
/// this box's own. Closures inside it are the author's: ``RoutePattern`` documents that they share no mutable state.
final class RegexBox: @unchecked Sendable {
    private let regex: Regex<AnyRegexOutput>

    init<Output>(_ regex: Regex<Output>) {
        self.regex = Regex<AnyRegexOutput>(regex)
        _ = try? self.regex.prefixMatch(in: "")
    }

    /// What the expression takes from the start of a path, with Django's rule: positional captures count only while
    /// none is named, and a group that took no part gives no capture.
    ///
    /// - Returns: the length in bytes that was taken and the captures; `nil` without a match.
    /// - Throws: what a custom component of the expression throws.
    func match(_ path: String) throws -> (taken: Int, named: [(String, String)], positional: [String])? {
        guard let match = try regex.prefixMatch(in: path) else { return nil }
        var named: [(String, String)] = []
        var positional: [String] = []
        var hasNames = false
        for capture in match.output.dropFirst() {
            if capture.name != nil { hasNames = true }
            guard let text = capture.substring else { continue }
            if let name = capture.name { named.append((name, String(text))) } else { positional.append(String(text)) }
        }
        let taken = path.utf8.distance(from: path.startIndex, to: match.range.upperBound)
        return (taken, named, hasNames ? [] : positional)
    }
}
