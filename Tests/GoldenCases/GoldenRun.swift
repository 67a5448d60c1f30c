// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import SluiceModels

/// One run over a file of cases.
struct GoldenRun {
    var database = "sqlite::memory:"
    var data: String
    var cases: String
    var only = ""
    var isVerbose = false

    /// How it went.
    struct Summary {
        var passed = 0
        var failed = 0
        var skipped = 0
        /// Cases that passed with more statements than Django sent.
        var tooManyStatements: [String] = []
    }

    /// Runs the cases; `say` gets a line for each that did not pass, and the sums at the end.
    func run(_ say: (String) -> Void) async throws -> Summary {
        let fixture = try await Fixture(location: database, data: URL(fileURLWithPath: data))
        let bytes = BigNumbers.quoted(try Data(contentsOf: URL(fileURLWithPath: cases)))
        let file = try JSONDecoder().decode(JSON.self, from: bytes)
        let before = try await fixture.snapshot()
        let runner = CaseRunner(fixture: fixture)
        var summary = Summary()
        for test in file["cases"]?.array ?? file.array ?? [] {
            let id = test["id"]?.string ?? ""
            guard id.hasPrefix(only) else { continue }
            let (outcome, statements, allowed) = try await runner.run(test, before: before)
            switch outcome {
            case .passed:
                summary.passed += 1
                if isVerbose { say("ok \(id), \(statements) statements") }
                if let allowed, statements > allowed {
                    summary.tooManyStatements.append("\(id) (\(statements) for \(allowed))")
                }
            case .failed(let expected, let got):
                summary.failed += 1
                say("FAILED \(id)\n  expected \(expected)\n  got      \(got)")
            case .skipped(let reason):
                summary.skipped += 1
                say("skipped \(id): \(reason)")
            }
        }
        await fixture.close()
        if !summary.tooManyStatements.isEmpty {
            say("more statements than Django: \(summary.tooManyStatements.joined(separator: ", "))")
        }
        say("\(summary.passed) passed, \(summary.failed) failed, \(summary.skipped) skipped")
        return summary
    }
}
