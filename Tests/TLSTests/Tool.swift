// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Other people's programs as peers.
enum Tool {
    static let openssl = find("openssl")
    static let python = find("python3")

    private static func find(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a program to its end, at most 30 s.
    ///
    /// - Returns: What it wrote to both outputs.
    static func run(
        _ path: String?, _ arguments: [String], input: String, onLine: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(path))
        process.arguments = arguments
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stdout
        try process.run()
        let pid = process.processIdentifier
        let limit = Task {
            try await Task.sleep(for: .seconds(30))
            kill(pid, SIGKILL)
        }
        defer { limit.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            // Blocking reads, so on a thread of their own. The input stays open: its end would end the program early.
            Thread.detachNewThread {
                do {
                    // A program that has ended before it read its input is no error: its output says why.
                    try? stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
                    var output = ""
                    var line = ""
                    while let byte = try stdout.fileHandleForReading.read(upToCount: 1), let byte = byte.first {
                        line.unicodeScalars.append(Unicode.Scalar(byte))
                        guard byte == UInt8(ascii: "\n") else { continue }
                        output += line
                        onLine(String(line.dropLast()))
                        line = ""
                    }
                    output += line
                    try? stdin.fileHandleForWriting.close()
                    process.waitUntilExit()
                    continuation.resume(returning: output)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}
