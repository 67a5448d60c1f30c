// SPDX-License-Identifier: Apache-2.0

/// The part of a path that a router works on: a text and the byte at which it starts, so that nothing is copied.
struct RoutedPath {
    let text: String
    let start: Int

    init(text: String, start: Int) {
        self.text = text
        self.start = start
    }

    /// The rest that an outer router left, or the scope's path without root path and leading slash.
    init(_ scope: Scope) {
        if let remaining = scope.route.remaining {
            (text, start) = (remaining, 0)
            return
        }
        text = scope.path
        let bytes = text.utf8
        let root = scope.rootPath.utf8
        let skipped = root.count
        let rest = bytes.dropFirst(skipped)
        // A whole number of segments: `/app` is no root of `/apple`.
        let isUnderRoot = bytes.starts(with: root) && (rest.isEmpty || rest.first == UInt8(ascii: "/"))
        let offset = isUnderRoot ? skipped : 0
        start = bytes.dropFirst(offset).first == UInt8(ascii: "/") ? offset + 1 : offset
    }

    /// The length in bytes.
    var count: Int { text.utf8.count - start }

    /// The part as a text of its own.
    var whole: String { start == 0 ? text : String(Substring(text.utf8.dropFirst(start))) }

    /// What is left behind a match that ends at a place (in bytes of ``text``), without the slash between, if the match
    /// did not take it: one slash goes, `//` stays a different path.
    func remaining(from place: Int) -> String {
        let slash = UInt8(ascii: "/")
        let rest = text.utf8.dropFirst(place)
        let taken = text.utf8.dropFirst(start).prefix(place - start)
        let isSeparated = rest.first == slash && !taken.isEmpty && taken.last != slash
        return String(Substring(isSeparated ? rest.dropFirst() : rest))
    }

    /// A capture's text.
    func text(in range: Range<Int>) -> Substring {
        let begin = text.utf8.index(text.startIndex, offsetBy: range.lowerBound)
        return text[begin..<text.utf8.index(begin, offsetBy: range.count)]
    }

    /// The path for an error message: quoted, escaped (peers choose it) and cut to 200 characters.
    var shown: String {
        let rest = "/" + Substring(text.utf8.dropFirst(start))
        return rest.count > 200 ? (rest.prefix(200) + "…").debugDescription : rest.debugDescription
    }
}
