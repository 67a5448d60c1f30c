// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A program that runs beside a test and ends with it, with all that it has started, even if the tests crash.
///
/// A shell between the two leads a session of its own and reads a pipe whose other end is here: when that end is
/// closed, by `stop` or by the kernel, the shell ends its process group. (chromedriver leaves its browsers running
/// when it is terminated.)
final class ChildProcess: Sendable {
    struct Exited: Error, CustomStringConvertible {
        let description: String
    }

    private let process: Process
    private let input: Pipe
    private let text = Mutex("")

    private static let watchdog = """
        ("$@"; echo "exited with status $?") &
        trap : TERM
        while read -r _; do :; done
        kill -TERM 0
        (sleep 3; rm -rf "$TMPDIR"; kill -KILL 0) &
        wait %1
        sleep 0.2
        rm -rf "$TMPDIR"
        kill -KILL 0
        """

    /// Starts a program found in PATH, with a temporary folder of its own.
    init(_ command: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)

        let output = Pipe()
        input = Pipe()
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setsid")
        process.arguments = ["--wait", "/bin/sh", "-c", Self.watchdog, "sh", command] + arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { $1 }.merging(["TMPDIR": folder.path]) { $1 }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try Self.withoutBlockedSignals { try process.run() }

        // The pipe must be read to its end whether somebody looks or not, else the program would stop at a full one.
        let reader = output.fileHandleForReading
        Thread.detachNewThread { [weak self] in
            while case let data = reader.availableData, !data.isEmpty {
                self?.text.withLock { $0 += String(decoding: data, as: UTF8.self) }
            }
        }
    }

    /// Threads of Swift's pool block most signals, and a child inherits that: it could not be terminated.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    deinit {
        try? input.fileHandleForWriting.close()
    }

    /// Everything that the program has written so far.
    var output: String { text.withLock { $0 } }

    /// Waits until the output matches, and gives what was captured.
    ///
    /// - Throws: ``Exited`` when the program ends before, ``TimedOut`` after the limit.
    func captured(
        _ what: String, within limit: Duration = .seconds(20), _ match: (String) -> String?
    ) async throws -> String {
        let found: Result<String, Exited> = try await eventually(what, within: limit) {
            if let found = match(output) { return .success(found) }
            return output.contains("exited with status") ? .failure(Exited(description: output)) : nil
        }
        return try found.get()
    }

    /// Ends the program and all that it has started; returns when they are gone.
    func stop() async {
        try? input.fileHandleForWriting.close()
        // Not part of the test any more: must also run when that is cancelled.
        await Task { [process] in
            try? await eventually("the end of a child process") { !process.isRunning }
        }.value
    }
}
