// SPDX-License-Identifier: Apache-2.0

/// One error of the compiler.
struct Diagnostic: Equatable, Sendable {
    /// Nil when the error belongs to no line of the program, such as a module that cannot be loaded.
    let line: Int?
    let message: String

    /// Reads the errors out of the compiler's output (`-diagnostic-style llvm`).
    static func errors(in output: String, of file: String) -> [Diagnostic] {
        output.split(separator: "\n").compactMap { text in
            guard let match = text.firstMatch(of: #/^(?<place>.*?): (?:fatal )?error: (?<message>.*)/#) else {
                return nil
            }
            let place = match.place.split(separator: ":")
            let isHere = place.count == 3 && String(place[0]) == file
            return Diagnostic(line: isHere ? Int(place[1]) : nil, message: String(match.message))
        }
    }
}

extension Program.Expectation {
    /// What differs between the expectation and the compiler's errors; empty when they agree.
    ///
    /// Each expected error must be there, and no error on another line: else a program that is rejected for a reason
    /// of its own, such as a renamed method, would go on passing.
    func differences(from errors: [Diagnostic]) throws -> [String] {
        guard case .rejected(let expected) = self else {
            return errors.map { "unexpected: \($0.line.map { "line \($0): " } ?? "")\($0.message)" }
        }
        let missing = try expected.filter { line, pattern in
            let regex = try Regex(pattern)
            return !errors.contains { $0.line == line && $0.message.contains(regex) }
        }
        let unexpected = errors.filter { error in error.line.map { expected[$0] == nil } ?? true }
        let instead = errors.filter { error in error.line.map { missing[$0] != nil } ?? false }
        return missing.sorted { $0.key < $1.key }.map { "missing: line \($0.key): \($0.value)" }
            + instead.map { "instead: \($0.message)" }
            + (try Self.accepted.differences(from: unexpected))
    }
}
