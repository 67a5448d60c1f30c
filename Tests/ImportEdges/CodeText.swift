// SPDX-License-Identifier: Apache-2.0

/// Source text of which only the code is left.
enum CodeText {
    /// Replaces comments, string literals and extended regex literals by spaces; every line keeps its number.
    static func blankingCommentsAndStrings(_ source: String) -> String {
        var scanner = Scanner(code: Array(source.utf8))
        scanner.run()
        return String(decoding: scanner.code, as: UTF8.self)
    }
}

/// Works on bytes: everything that opens or closes a comment or literal is ASCII, and characters cost ten times more.
private struct Scanner {
    var code: [UInt8]
    var position = 0

    /// How a literal ends, and what hides its end.
    struct Quote {
        let opening: Int
        let closing: [UInt8]
        let escape: [UInt8]
        let isMultiline: Bool
    }

    mutating func run() {
        while position < code.count {
            switch code[position] {
            case UInt8(ascii: "/") where starts(with: "//"):
                while position < code.count, code[position] != UInt8(ascii: "\n") { blank() }
            case UInt8(ascii: "/") where starts(with: "/*"):
                blankComment()
            case UInt8(ascii: "\""), UInt8(ascii: "#"):
                if let quote = literalStart() { blankLiteral(quote) } else { position += 1 }
            default:
                position += 1
            }
        }
    }

    func starts(with prefix: StaticString) -> Bool {
        prefix.withUTF8Buffer { starts(with: $0, at: position) }
    }

    func starts(with prefix: some Collection<UInt8>, at start: Int) -> Bool {
        start + prefix.count <= code.count && zip(prefix, code[start...]).allSatisfy(==)
    }

    mutating func blank(_ count: Int = 1) {
        for index in position..<min(position + count, code.count) where code[index] != UInt8(ascii: "\n") {
            code[index] = UInt8(ascii: " ")
        }
        position = min(position + count, code.count)
    }

    /// Block comments nest.
    mutating func blankComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && position < code.count
    }

    func literalStart() -> Quote? {
        let pounds = Array(code[position...].prefix(while: { $0 == UInt8(ascii: "#") }))
        let body = position + pounds.count
        for (marks, isMultiline) in [("\"\"\"", true), ("\"", false)] where starts(with: marks.utf8, at: body) {
            return Quote(
                opening: pounds.count + marks.utf8.count, closing: marks.utf8 + pounds,
                escape: [UInt8(ascii: "\\")] + pounds, isMultiline: isMultiline)
        }
        guard !pounds.isEmpty, starts(with: "/".utf8, at: body) else { return nil }
        return Quote(
            opening: pounds.count + 1, closing: "/".utf8 + pounds, escape: [UInt8(ascii: "\\")], isMultiline: true)
    }

    /// A single-line literal ends at the latest with its line, so that a quote read wrongly spoils one line only.
    mutating func blankLiteral(_ quote: Quote) {
        blank(quote.opening)
        while position < code.count, !starts(with: quote.closing, at: position) {
            if !quote.isMultiline, code[position] == UInt8(ascii: "\n") { return }
            blank(starts(with: quote.escape, at: position) ? quote.escape.count + 1 : 1)
        }
        blank(quote.closing.count)
    }
}
