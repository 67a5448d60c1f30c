// SPDX-License-Identifier: Apache-2.0

package import Foundation
import Synchronization

/// A program that runs beside a test and ends with it, with all that it has started, even if the tests crash.
///
/// A shell between the two leads a session of its own and reads a pipe whose other end is here: when that end is
/// closed, by `stop` or by the kernel, the shell ends its process group. (chromedriver leaves its browsers running
/// when it is terminated.)
package final class ChildProcess: Sendable {
    package struct Exited: Error, CustomStringConvertible {
        package let description: String
    }

    private let process: Process
    private let input: Pipe
    /// The program's own number: the shell between the two is not what a signal is meant for.
    private let numberFile: URL
    private let text = Mutex("")

    private static let watchdog = """
        (sh -c 'echo $$ >"$TMPDIR/pid"; exec "$@"' sh "$@"; echo "exited with status $?") &
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
    ///
    /// - Parameter workingFolder: where it runs; nil: where the tests run.
    package init(
        _ command: String, _ arguments: [String], environment: [String: String] = [:], workingFolder: URL? = nil
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)

        numberFile = folder.appending(path: "pid")

        let output = Pipe()
        input = Pipe()
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setsid")
        process.arguments = ["--wait", "/bin/sh", "-c", Self.watchdog, "sh", command] + arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { $1 }.merging(["TMPDIR": folder.path]) { $1 }
        if let workingFolder { process.currentDirectoryURL = workingFolder }
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
    package var output: String { text.withLock { $0 } }

    /// Waits until the output matches, and gives what was captured.
    ///
    /// - Throws: ``Exited`` when the program ends before, ``TimedOut`` after the limit.
    package func captured(
        _ what: String, within limit: Duration = .seconds(20), _ match: (String) -> String?
    ) async throws -> String {
        let found: Result<String, Exited> = try await eventually(what, within: limit) {
            if let found = match(output) { return .success(found) }
            return hasExited ? .failure(Exited(description: output)) : nil
        }
        return try found.get()
    }

    /// Sends one signal, to the program alone; ``stop()`` is still needed afterwards.
    ///
    /// - Throws: ``Exited`` when the program has ended.
    package func send(signal: Int32) async throws {
        let number: Int32 = try await eventually("the start of a child process") {
            let line = try String(contentsOf: numberFile, encoding: .utf8)
            return line.hasSuffix("\n") ? Int32(line.dropLast()) : nil
        }
        guard !hasExited, kill(number, signal) == 0 else { throw Exited(description: output) }
    }

    /// Waits until the program has ended by itself or by a signal.
    ///
    /// - Returns: its status as a shell gives it: 128 more than the number of a signal that ended it.
    package func exitStatus(within limit: Duration = .seconds(20)) async throws -> Int32 {
        try await eventually("the end of a program", within: limit) {
            output.matches(of: #/exited with status (\d+)\n/#).last.flatMap { Int32($0.1) }
        }
    }

    private var hasExited: Bool { output.contains("exited with status") }

    /// Ends the program and all that it has started; returns when they are gone.
    package func stop() async {
        try? input.fileHandleForWriting.close()
        // Not part of the test any more: must also run when that is cancelled.
        await Task { [process] in
            try? await eventually("the end of a child process") { !process.isRunning }
        }.value
    }
}
