// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Compiles single files, a bounded number at once.
actor Compiler {
    private let search: [String]
    private var free = 2
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ folder: BuildFolder) {
        search = folder.searchArguments()
    }

    /// The errors of one file as a program of its own, in language mode 6.
    ///
    /// Not `-typecheck`: races between regions are found on the intermediate language, which that leaves out. Nothing
    /// is written.
    func errors(in file: URL, upcomingFeatures: [String] = []) async throws -> [Diagnostic] {
        await acquire()
        defer { release() }
        var arguments = ["swiftc", "-emit-sil", "-o", "/dev/null", "-parse-as-library", "-module-name", "Program"]
        arguments += ["-swift-version", "6", "-diagnostic-style", "llvm", "-no-color-diagnostics"]
        arguments += upcomingFeatures.flatMap { ["-enable-upcoming-feature", $0] }
        let output = try await Self.run(arguments + search + [file.path])

        let errors = Diagnostic.errors(in: output.text, of: file.path)
        guard errors.isEmpty, !output.isSuccess else { return errors }
        // A crash, or no compiler at all.
        return [Diagnostic(line: nil, message: "the compiler failed: \(output.text.suffix(2_000))")]
    }

    private func acquire() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func release() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }

    private struct Output: Sendable {
        let text: String
        let isSuccess: Bool
    }

    /// A thread of its own reads the output, so that no thread of Swift's pool waits for a compiler.
    private static func run(_ arguments: [String]) async throws -> Output {
        try await withCheckedThrowingContinuation { done in
            Thread.detachNewThread {
                done.resume(with: Result { try runBlocking(arguments) })
            }
        }
    }

    private static func runBlocking(_ arguments: [String]) throws -> Output {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Output(text: String(decoding: text, as: UTF8.self), isSuccess: process.terminationStatus == 0)
    }
}
