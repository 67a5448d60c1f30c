// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Testing

/// Random routes and paths: what matching, reversing and the checks at start say of each other.
@Suite("Match, reverse and conflicts agree")
struct ReversePropertyTests {
    private static let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    private static let literals = ["/", "/", "/", "-", ".", "a", "1", "聊", "%2F", "ab", "1/", "/a", "_x", " ", "?"]
    private static let converters = ["int", "str", "slug", "path", "uuid", "yyyy", "hex"]
    private static let texts = [
        "/", "-", ".", "a", "1", "聊", "é", "7", "Z_", "42", "e\u{301}", "%", uuid, "99999999999999999999", "//", "..",
        "2026", "ff", "?", "#", " ", "\\",
    ]
    private static let own: [any PathConverter] = [FourDigitYear(), HexID()]

    private struct Case {
        var patterns: [String] = []
        var path = ""

        /// - Parameter levels: the last is a route, those before it are mounts.
        init(levels: Int, _ random: inout SeededGenerator) {
            var index = 0
            for level in 0..<levels {
                var pattern = ""
                if level > 0, !path.hasSuffix("/"), !path.isEmpty { path += "/" }
                for _ in 0..<Int.random(in: level == 0 && levels > 1 ? 1...3 : 0...4, using: &random) {
                    if Bool.random(using: &random), let literal = literals.randomElement(using: &random) {
                        if pattern.isEmpty, literal.hasPrefix("/") { continue }
                        pattern += literal
                        path += literal
                    } else if let name = converters.randomElement(using: &random) {
                        index += 1
                        pattern += "<\(name):c\(index)>"
                        path +=
                            name == "uuid" ? uuid : name == "yyyy" ? "1999" : texts.randomElement(using: &random) ?? ""
                    }
                }
                patterns.append(pattern)
            }
        }

        func route(to application: any Application<HTTP>) -> Route<HTTP> {
            patterns.dropLast().reversed().reduce(Route("/" + (patterns.last ?? ""), application, name: "route")) {
                let (inner, prefix) = ($0, $1)
                let mount: [Route<HTTP>] = ListBuilder.buildExpression(Mount("/" + prefix, URLRouter { inner }))
                return mount[0]
            }
        }
    }

    /// Decodes percent escapes, as the server does before it routes.
    private func decoded(_ path: String) -> String {
        var bytes: [UInt8] = []
        var rest = path.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            rest = rest.dropFirst(2)
            bytes.append(UInt8(digits, radix: 16) ?? 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("reverse(match(path)) is the path, escaped", arguments: [1, 2, 3])
    func roundTrip(levels: Int) async throws {
        var random = SeededGenerator(seed: UInt64(levels))
        var (matched, returned, changed) = (0, 0, 0)
        for _ in 0..<1_000 {
            await Task.yield()
            let item = Case(levels: levels, &random)
            let application = Recorder<HTTP>()
            let router = URLRouter([item.route(to: application)], converters: Self.own)
            do {
                try await router.run("/" + item.path)
            } catch let error as RoutingError where error.code == .noRoute { continue }
            let match = try #require(application.last?.route)
            matched += 1
            let arguments = Dictionary(uniqueKeysWithValues: match.named.map { ($0.name, $0.value) })
            let urls = URLReverser(ProtocolTypeRouter(http: router))
            let label: Comment = "\(item.patterns) on \(item.path.debugDescription)"
            do {
                let path = try urls.reverse("route", arguments)
                // Numbers lose their leading zeros, and the slash after a mount's prefix may have been missing.
                let again = decoded(path)
                #expect(path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, label)
                #expect(!path.hasPrefix("//"), label)
                let isSame = again.utf8.elementsEqual(("/" + item.path).utf8)
                if !isSame { changed += 1 }
                let mayChange = item.path.contains("0") || item.patterns.last == ""
                #expect(isSame || mayChange, label)
                try await router.run(again)
                let found = application.last?.route.named.map { "\($0.name)=\($0.value)" }
                #expect(found == match.named.map { "\($0.name)=\($0.value)" }, label)
                returned += 1
            } catch {
                let hasDots = item.path.split(separator: "/").contains { $0 == "." || $0 == ".." }
                #expect(hasDots, "\(error): \(item.patterns) on \(item.path.debugDescription)")
            }
        }
        #expect(matched > 100, "the cases must not all be misses")
        #expect(returned > 100, "the cases must not all be refused")
        #expect(changed * 4 < returned, "nearly all paths come back to the letter")
    }

    @Test("Whatever is reversed leads back to the same arguments, or is refused", arguments: [1, 2])
    func arguments(levels: Int) async throws {
        var random = SeededGenerator(seed: UInt64(10 + levels))
        var (returned, refused) = (0, 0)
        for _ in 0..<1_000 {
            await Task.yield()
            let item = Case(levels: levels, &random)
            let application = Recorder<HTTP>()
            let router = URLRouter([item.route(to: application)], converters: Self.own)
            let names = item.patterns.joined().split(separator: ":").dropFirst().map { $0.prefix { $0 != ">" } }
            var arguments: [String: String] = [:]
            for name in names {
                arguments[String(name)] = (0..<Int.random(in: 1...3, using: &random))
                    .map { _ in Self.texts.randomElement(using: &random) ?? "" }.joined()
            }
            guard let path = try? URLReverser(ProtocolTypeRouter(http: router)).reverse("route", arguments) else {
                refused += 1
                continue
            }
            returned += 1
            try await router.run(decoded(path))
            let match = try #require(application.last?.route)
            for (name, value) in arguments {
                let found = match[name]
                let isNumber = Int(found) != nil || UInt32(value, radix: 16) != nil
                #expect(found == value || isNumber, "\(item.patterns) with \(arguments)")
            }
        }
        #expect(returned > 100)
        #expect(refused > 100)
    }

    @Test("A route that is said to be out of reach is reached by no path", arguments: [1, 2])
    func conflicts(levels: Int) async throws {
        var random = SeededGenerator(seed: UInt64(20 + levels))
        var (reported, tried) = (0, 0)
        for _ in 0..<1_500 {
            await Task.yield()
            let first = Case(levels: Int.random(in: 1...levels, using: &random), &random)
            let second = Case(levels: Int.random(in: 1...levels, using: &random), &random)
            let (early, late) = (Recorder<HTTP>(), Recorder<HTTP>())
            let router = URLRouter([first.route(to: early), second.route(to: late)], converters: Self.own)
            guard let problem = ProtocolTypeRouter(http: router).problems.first else { continue }
            reported += 1
            var paths = [second.path, first.path]
            for _ in 0..<20 {
                var place = SeededGenerator(seed: random.next())
                paths.append(Case(levels: 1, &place).path)
                paths.append(second.path.replacing("a", with: Self.texts.randomElement(using: &random) ?? ""))
                paths.append(second.path.replacing("1", with: Self.texts.randomElement(using: &random) ?? ""))
            }
            for path in paths {
                do {
                    try await router.run("/" + path)
                    tried += 1
                } catch let error as RoutingError where error.code == .noRoute {}
            }
            let reached = late.scopes.map(\.path)
            #expect(reached == [], "\(problem)")
        }
        #expect(reported > 30, "the cases must not all be apart")
        #expect(tried > 300, "the paths must not all be misses")
    }
}
