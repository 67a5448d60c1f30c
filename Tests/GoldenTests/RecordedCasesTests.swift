// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import GoldenCases

/// The cases that were recorded from Django, through look-ups by text.
@Suite struct RecordedCasesTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "GoldenCases/Recorded")
    private static let postgresql = ProcessInfo.processInfo.environment["SLUICE_TEST_POSTGRESQL"]

    private func run(_ database: String, cases: String = "cases.json") async throws -> (GoldenRun.Summary, [String]) {
        var lines: [String] = []
        let run = GoldenRun(
            database: database, data: Self.folder.appending(path: "data").path,
            cases: Self.folder.appending(path: cases).path)
        let summary = try await run.run { lines.append($0) }
        return (summary, lines)
    }

    @Test("every case with a neutral form has Django's rows on SQLite") func sqlite() async throws {
        let (summary, lines) = try await run("sqlite::memory:")
        #expect(summary.failed == 0, "\(lines.filter { $0.hasPrefix("FAILED") }.joined(separator: "\n"))")
        #expect(summary.passed == 399)
        #expect(summary.tooManyStatements == [])
    }

    @Test(
        "every case with a neutral form has Django's rows on PostgreSQL",
        .enabled(if: postgresql != nil, "no PostgreSQL was started for the tests"))
    func postgreSQL() async throws {
        let (summary, lines) = try await run(try #require(Self.postgresql))
        #expect(summary.failed == 0, "\(lines.filter { $0.hasPrefix("FAILED") }.joined(separator: "\n"))")
        #expect(summary.passed == 401)
        #expect(summary.tooManyStatements == [])
    }
}
