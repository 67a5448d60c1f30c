// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Testing

/// The matcher against Django's own regular expressions, on random patterns and paths.
@Suite("Matcher against a reference")
struct MatcherPropertyTests {
    private static let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    private static let literals = ["/", "/", "/", "-", ".", "a", "1", "聊", "é", "ab", "1/", "/a", "_x"]
    private static let hexadecimal = "[0-9a-f]"
    private static let converters = [
        ("int", "[0-9]+"), ("str", "[^/]+"), ("slug", "[-a-zA-Z0-9_]+"), ("path", "[^\\n]+"),
        ("uuid", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ]
    private static let texts = [
        "/", "-", ".", "a", "1", "聊", "é", "7", "Z_", "42", "e\u{301}", "\n", "%", uuid, "99999999999999999999", "//",
    ]

    private struct Case {
        var pattern = ""
        var reference = ""
        var path = ""
        var names: [(name: String, isNumber: Bool)] = []

        init(_ random: inout SeededGenerator) {
            for index in 0..<Int.random(in: 1...6, using: &random) {
                let isLiteral = Bool.random(using: &random)
                if isLiteral, let literal = literals.randomElement(using: &random) {
                    // A leading slash belongs to the pattern's own optional one.
                    if pattern.isEmpty, literal.hasPrefix("/") { continue }
                    pattern += literal
                    reference += literal.map { $0.isASCII && !$0.isLetter && !$0.isNumber ? "\\\($0)" : "\($0)" }
                        .joined()
                        .replacing("\\_", with: "_")
                    path += Int.random(in: 0..<12, using: &random) == 0 ? "" : literal
                } else if let (name, regex) = converters.randomElement(using: &random) {
                    pattern += "<\(name):c\(index)>"
                    reference += "(?<c\(index)>\(regex))"
                    names.append(("c\(index)", name == "int"))
                    for _ in 0..<Int.random(in: 1...3, using: &random) {
                        path += name == "uuid" ? uuid : texts.randomElement(using: &random) ?? ""
                        if name == "uuid", Int.random(in: 0..<4, using: &random) != 0 { break }
                    }
                }
            }
        }
    }

    @Test("Endpoints and mounts take what Django's regular expressions take", arguments: [false, true])
    func reference(isMount: Bool) async throws {
        var random = SeededGenerator(seed: isMount ? 1 : 2)
        var matched = 0
        for _ in 0..<4_000 {
            let item = Case(&random)
            let end = !isMount ? "" : item.pattern.isEmpty || item.pattern.hasSuffix("/") ? "" : "(?=/|\\z)"
            let regex = try Regex(item.reference + end).matchingSemantics(.unicodeScalar)
            let expected = isMount ? try regex.prefixMatch(in: item.path) : try regex.wholeMatch(in: item.path)
            var captures = expected.map { match in
                item.names.map { String(match[$0.name]?.substring ?? "") }
            }
            // Django's int takes any number; one that is no Int is no match here.
            if let texts = captures, zip(item.names, texts).contains(where: { $0.isNumber && Int($1) == nil }) {
                captures = nil
            }

            let application = Recorder<HTTP>()
            let router = URLRouter {
                if isMount { Mount("/" + item.pattern, application) } else { Route("/" + item.pattern, application) }
            }
            do {
                try await router.run("/" + item.path)
            } catch let error as RoutingError where error.code == .noRoute {}
            let found = application.last.map { scope in
                item.names.map { name in
                    name.isNumber ? String((try? scope.route[name.name, as: Int.self]) ?? -1) : scope.route[name.name]
                }
            }
            let numbers = captures.map { texts in
                zip(item.names, texts).map { $0.isNumber ? String(Int($1) ?? -2) : $1 }
            }
            #expect(found == numbers, "pattern \(item.pattern) on \(item.path.debugDescription)")
            if let expected, captures != nil {
                matched += 1
                let rest = item.path[expected.range.upperBound...]
                let separated = rest.first == "/" && !expected.range.isEmpty && !item.pattern.hasSuffix("/")
                let remaining = application.last?.route.remaining.map { Array($0.utf8) }
                #expect(
                    remaining
                        == Array((separated && !endsInSlash(item.path, expected.range) ? rest.dropFirst() : rest).utf8))
            }
        }
        #expect(matched > 400, "the cases must not all be misses")
    }

    private func endsInSlash(_ path: String, _ range: Range<String.Index>) -> Bool {
        path[range].utf8.last == UInt8(ascii: "/")
    }
}
