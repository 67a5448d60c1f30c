// SPDX-License-Identifier: Apache-2.0

/// One import declaration of a source file.
struct ImportDeclaration: Equatable, Sendable {
    let module: String
    /// Counted from 1.
    let line: Int
    /// Attributes and access level before the keyword, without spaces: `@testable`, `public`.
    let modifiers: [String]
}

/// Reads the import declarations of Swift source text.
///
/// Text in comments and string literals does not count: generators carry whole programs in their strings.
enum SourceImports {
    static func read(_ source: String) -> [ImportDeclaration] {
        let code = CodeText.blankingCommentsAndStrings(source)
        let declaration =
            #/
            (?:^|;)[\ \t]*
            (?<modifiers>(?:(?:@\w+(?:\([^)]*\))?|public|package|internal|fileprivate|private)\s+)*)
            import\s+(?:(?:typealias|struct|class|enum|actor|protocol|let|var|func)\s+)?`?(?<module>\w+)
            /#.anchorsMatchLineEndings()

        return code.matches(of: declaration).map { match in
            ImportDeclaration(
                module: String(match.module),
                line: code.utf8[..<match.module.startIndex].count(where: { $0 == UInt8(ascii: "\n") }) + 1,
                modifiers: match.modifiers.split(whereSeparator: \.isWhitespace).map(String.init))
        }
    }
}
