// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Expectations of programs")
struct ExpectationTests {
    private let file = URL(filePath: "/p.swift")
    private let rejected = Program.Expectation.rejected([3: "data race", 7: "no member '.+'"])

    @Test("The expectation is about the line below it")
    func reading() throws {
        let program = try Program(name: "p", file: file, source: "a\n    // expect-error: no .*\nb\n")
        #expect(program.expectation == .rejected([3: "no .*"]))
        #expect(try Program(name: "p", file: file, source: "// expect-ok\n").expectation == .accepted)
    }

    @Test(
        "A program without an expectation, or with both, is refused",
        arguments: ["a", "// expect-ok\n// expect-error: x"])
    func refused(source: String) {
        #expect(throws: Program.ReadError.self) { try Program(name: "p", file: file, source: source) }
    }

    @Test("Errors are read with their lines")
    func diagnostics() {
        let output = """
            /p.swift:3:9: error: a data race: here
            /p.swift:3:9: note: a note
            /q.swift:4:1: error: elsewhere
            <unknown>:0: error: missing required module 'C'
            """
        #expect(
            Diagnostic.errors(in: output, of: "/p.swift") == [
                Diagnostic(line: 3, message: "a data race: here"), Diagnostic(line: nil, message: "elsewhere"),
                Diagnostic(line: nil, message: "missing required module 'C'"),
            ])
    }

    @Test("Expected errors agree; more of them on the same line do not matter")
    func agreement() throws {
        let race = Diagnostic(line: 3, message: "risks a data race")
        let member = Diagnostic(line: 7, message: "type has no member 'x'")
        let more = Diagnostic(line: 7, message: "could not be inferred")
        #expect(try rejected.differences(from: [race, member, more]) == [])
        #expect(try Program.Expectation.accepted.differences(from: []) == [])
    }

    @Test("A missing error and an error elsewhere are differences")
    func disagreement() throws {
        let race = Diagnostic(line: 3, message: "risks a data race")
        #expect(try rejected.differences(from: [race]) == ["missing: line 7: no member '.+'"])
        #expect(try rejected.differences(from: []).count == 2)
        #expect(
            try Program.Expectation.rejected([3: "race"]).differences(from: [race, Diagnostic(line: 5, message: "x")])
                == ["unexpected: line 5: x"])
        #expect(try Program.Expectation.accepted.differences(from: [race]) == ["unexpected: line 3: risks a data race"])
        #expect(
            try Program.Expectation.rejected([3: "other"]).differences(from: [race])
                == ["missing: line 3: other", "instead: risks a data race"])
    }
}
