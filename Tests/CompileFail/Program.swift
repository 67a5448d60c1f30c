// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A program, and what the compiler must say about it.
///
/// `// expect-error: REGEX` stands on the line above the one that must be rejected; `// expect-ok` anywhere says that
/// the program is accepted. One of the two is there, so that no program passes for want of an expectation.
struct Program: Sendable, CustomTestStringConvertible {
    let name: String
    let file: URL
    let expectation: Expectation

    var testDescription: String { name }

    enum Expectation: Equatable, Sendable {
        case accepted
        /// The expected errors by line, counted from 1.
        case rejected([Int: String])
    }

    enum ReadError: Error {
        case noExpectation(URL)
        case contradiction(URL)
    }

    init(name: String, file: URL, source: String) throws {
        self.name = name
        self.file = file

        var errors: [Int: String] = [:]
        var isAccepted = false
        for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = line.drop(while: { $0 == " " })
            if let pattern = text.wholeMatch(of: #/// expect-error: (.+)/#)?.1 {
                // The index counts from 0, and the expectation is about the line below.
                errors[index + 2] = String(pattern)
            } else if text == "// expect-ok" {
                isAccepted = true
            }
        }
        if errors.isEmpty && !isAccepted { throw ReadError.noExpectation(file) }
        if !errors.isEmpty && isAccepted { throw ReadError.contradiction(file) }
        expectation = isAccepted ? .accepted : .rejected(errors)
    }

    /// Every program under `Programs`, by path.
    static func all() throws -> [Program] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Programs")
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            let file = folder.appending(path: path)
            return try Program(name: path, file: file, source: String(contentsOf: file, encoding: .utf8))
        }
    }
}
