// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Child processes of tests", .timeLimit(.minutes(1)))
struct ChildProcessTests {
    @Test("A child process is ended with all that it has started")
    func childrenOfChildren() async throws {
        let process = try ChildProcess("sh", ["-c", "sleep 600 & echo started $!; wait"])
        let started = try await process.captured("a grandchild") {
            $0.firstMatch(of: #/started (\d+)\n/#).map { String($0.1) }
        }
        let grandchild = try #require(Int32(started))
        #expect(ChildProcess.isRunning(grandchild))
        await process.stop()
        try await eventually("the end of the grandchild") { !ChildProcess.isRunning(grandchild) }
    }

    @Test("A child process that ignores being asked to end is killed")
    func stubbornChild() async throws {
        let process = try ChildProcess("sh", ["-c", "trap '' TERM; echo running $$; while :; do sleep 1; done"])
        let running = try await process.captured("a loop") {
            $0.firstMatch(of: #/running (\d+)\n/#).map { String($0.1) }
        }
        await process.stop()
        #expect(!ChildProcess.isRunning(try #require(Int32(running))))
    }

    @Test(
        "A signal reaches the program itself, and its status is told",
        arguments: [(SIGTERM, Int32(7)), (SIGKILL, Int32(137))])
    func signal(_ signal: Int32, status: Int32) async throws {
        let process = try ChildProcess("sh", ["-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done"])
        _ = try await process.captured("a loop") { $0.contains("ready\n") ? "" : nil }
        try await process.send(signal: signal)
        #expect(try await process.exitStatus() == status)
        await #expect(throws: ChildProcess.Exited.self) { try await process.send(signal: signal) }
        await process.stop()
    }

    @Test("A program that ends at once is told from one that is slow")
    func earlyEnd() async throws {
        let process = try ChildProcess("sh", ["-c", "echo no such option; exit 3"])
        await #expect(throws: ChildProcess.Exited.self) {
            try await process.captured("a port", within: .seconds(60)) { _ in nil }
        }
        #expect(process.output.contains("no such option\nexited with status 3"))
        await process.stop()
    }
}

extension ChildProcess {
    /// Whether a process runs. One that has ended but that nobody has waited for does not count: its parent may be the
    /// first of the machine.
    static func isRunning(_ process: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return !status.contains(") Z ")
    }
}
