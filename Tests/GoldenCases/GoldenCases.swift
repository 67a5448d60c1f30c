// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import JSONTree
import SluiceModels

/// Runs cases that were recorded from Django through the look-ups by text of the data layer.
@main
struct GoldenCases: AsyncParsableCommand {
    @Option(help: "sqlite::memory:, sqlite:PATH or postgresql://…")
    var database = "sqlite::memory:"
    @Option(help: "The folder with the rows of each table.")
    var data: String
    @Option(help: "The cases.")
    var cases: String
    @Option(help: "Only cases whose ids begin so.")
    var only = ""
    @Flag(help: "Every case, with the statements that it sent.")
    var verbose = false

    func run() async throws {
        let summary = try await GoldenRun(database: database, data: data, cases: cases, only: only, isVerbose: verbose)
            .run { print($0) }
        if summary.failed > 0 || !summary.tooManyStatements.isEmpty { throw ExitCode(1) }
    }
}

/// Whole numbers of more than 18 digits, which JSON readers round, as `{"$decimal": "…"}`.
enum BigNumbers {
    static func quoted(_ data: Data) -> Data {
        var out = Data(capacity: data.count)
        var isText = false
        var isEscaped = false
        var number: [UInt8] = []
        func flush() {
            let isWhole = number.allSatisfy { (48...57).contains($0) || $0 == 0x2D }
            let text = String(decoding: number, as: UTF8.self)
            if isWhole, number.count > 18, Int64(text) == nil {
                out.append(contentsOf: "{\"$decimal\": \"\(text)\"}".utf8)
            } else {
                out.append(contentsOf: number)
            }
            number = []
        }
        for byte in data {
            if isText {
                out.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    isText = false
                }
                continue
            }
            if (48...57).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte) && !number.isEmpty
                || byte == 0x2D
            {
                number.append(byte)
                continue
            }
            if !number.isEmpty { flush() }
            out.append(byte)
            if byte == 0x22 { isText = true }
        }
        if !number.isEmpty { flush() }
        return out
    }
}
