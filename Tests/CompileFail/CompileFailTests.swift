// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Programs that must not compile")
struct CompileFailTests {
    private static let compiler = Result { Compiler(try BuildFolder.running()) }

    /// An application's module may lack the flag that the scaffold sets: the races are rejected all the same.
    @Test(
        "The compiler says what the program expects", .timeLimit(.minutes(5)),
        arguments: try Program.all(), [[], ["NonisolatedNonsendingByDefault"]])
    func program(_ program: Program, upcomingFeatures: [String]) async throws {
        let errors = try await Self.compiler.get().errors(in: program.file, upcomingFeatures: upcomingFeatures)
        let differences = try program.expectation.differences(from: errors)
        #expect(differences.isEmpty, "\n\(program.name): \(differences.joined(separator: "\n"))")
    }

    @Test("The programs of the README compile", .timeLimit(.minutes(2)))
    func readme() async throws {
        let readme = try String(contentsOf: BuildFolder.package.appending(path: "README.md"), encoding: .utf8)
        let programs = readme.matches(of: #/```swift\n(import [\s\S]*?)```/#).map { String($0.1) }
        #expect(!programs.isEmpty)
        for program in programs {
            try await withProgram("// expect-ok\n" + program) { program, errors in
                let differences = try program.expectation.differences(from: errors)
                #expect(differences == [])
            }
        }
    }

    @Test("Races are found through the modules of this build", .timeLimit(.minutes(2)))
    func ownModules() async throws {
        let source = """
            import NIOCore
            final class Count { var value = ByteBuffer().readableBytes }
            func race(_ count: Count) {
                // expect-error: passing closure as a 'sending' parameter
                Task { count.value += 1 }
            }
            """
        try await withProgram(source) { program, errors in
            let differences = try program.expectation.differences(from: errors)
            #expect(differences == [])
        }
    }

    @Test("A module that does not exist is no reason to reject a program", .timeLimit(.minutes(2)))
    func missingModule() async throws {
        let source = """
            import NoSuchModule
            // expect-error: risks causing data races
            func race() {}
            """
        try await withProgram(source) { program, errors in
            let differences = try program.expectation.differences(from: errors)
            #expect(differences.count == 2)
            #expect(differences.first == "missing: line 3: risks causing data races")
            #expect(differences.last?.contains("NoSuchModule") == true)
        }
    }

    private func withProgram(_ source: String, check: (Program, [Diagnostic]) throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString).swift")
        try source.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let errors = try await Self.compiler.get().errors(in: file)
        try check(Program(name: "inline", file: file, source: source), errors)
    }
}
