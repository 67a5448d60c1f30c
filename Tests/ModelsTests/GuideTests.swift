// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import Testing

extension TypedCases {
    /// The guide for people who know Django shows nothing that is not compiled and run here.
    @Suite struct Guide {
        private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()

        private static func bare(_ text: some StringProtocol) -> String {
            String(text.filter { !$0.isWhitespace && $0 != ";" })
        }

        /// The sources of the tests that run on databases, without spaces.
        private static let sources: String = {
            let folders = ["ModelsTests", "DatabasesTests"].map { package.appending(path: "Tests/\($0)") }
            let files = folders.flatMap { folder in
                (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
            }
            let texts = files.filter { $0.pathExtension == "swift" }.compactMap {
                try? String(contentsOf: $0, encoding: .utf8)
            }
            return bare(texts.joined(separator: "\n"))
        }()

        private let guide: String

        init() throws {
            let file = Self.package.appending(path: "Sources/Models/Models.docc/ForDjangoUsers.md")
            guide = try String(contentsOf: file, encoding: .utf8)
        }

        /// The number, Django's form and Swift's form of each row of the big table.
        private var rows: [(number: Int, django: String, swift: String)] {
            guide.split(separator: "\n").compactMap { line in
                // A bar within a cell is written behind a backslash.
                let cells = line.replacing("\\|", with: "\0").split(separator: "|").map {
                    $0.trimmingCharacters(in: .whitespaces).trimmingCharacters(in: ["`"]).replacing("\0", with: "|")
                }
                guard cells.count == 3, let number = Int(cells[0]) else { return nil }
                return (number, cells[1], cells[2])
            }
        }

        @Test("Each row of the table is a test, and its Django is what was recorded")
        func table() async throws {
            let cases = try await Golden.all[0].value.cases
            let recorded = Set(cases.values.compactMap { $0["django"]?.string.map(Self.bare) })
            #expect(Set(rows.map(\.number)) == Set(1...107))
            for row in rows {
                let isTested = Self.sources.contains(Self.bare(row.swift))
                #expect(isTested, "\(row.number): no test has \(row.swift)")
                let isRecorded = recorded.contains(Self.bare(row.django))
                #expect(isRecorded, "\(row.number): nothing was recorded of \(row.django)")
            }
        }

        @Test("Each program of the text stands in a test")
        func programs() throws {
            let programs = guide.matches(of: #/```swift\n((?:.|\n)*?)```/#).map(\.output.1)
            #expect(programs.count >= 4)
            for program in programs {
                let isTested = Self.sources.contains(Self.bare(program))
                #expect(isTested, "no test has:\n\(program)")
            }
        }
    }
}
