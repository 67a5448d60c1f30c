// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceTLS
import TestProcesses
import Testing

@Suite("Python's websockets as the client", .timeLimit(.minutes(3)))
struct PythonTests {
    /// Skips the test, by name, where the client is not installed (Debian: python3-websockets).
    private static let isInstalled: Bool = {
        let probe = Process()
        probe.executableURL = URL(filePath: "/usr/bin/python3")
        probe.arguments = ["-c", "import websockets"]
        probe.standardError = FileHandle.nullDevice
        do {
            try probe.run()
        } catch {
            return false
        }
        probe.waitUntilExit()
        return probe.terminationStatus == 0
    }()

    private static let script = """
        import asyncio, ssl, sys, websockets

        async def main(port, certificate, stranger):
            context = ssl.create_default_context(cafile=certificate)
            assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname
            for host in ["localhost", "127.0.0.1"]:
                async with websockets.connect(
                    f"wss://{host}:{port}/ws/echo/", ssl=context, subprotocols=["echo.v1"]) as socket:
                    assert socket.subprotocol == "echo.v1"
                    for message in ["", "hello", "聊天", bytes([0, 255]), "x" * 100_000]:
                        await socket.send(message)
                        assert await socket.recv() == message
                    await (await socket.ping())
            members = [await websockets.connect(f"wss://localhost:{port}/ws/room/", ssl=context) for _ in range(3)]
            for member in members:
                await member.send("in")
                assert await member.recv() == "in"
            async with websockets.connect(f"wss://localhost:{port}/ws/close/?code=4001&reason=why", ssl=context) as socket:
                try:
                    await socket.recv()
                    raise SystemExit("no close came")
                except websockets.exceptions.ConnectionClosed as closed:
                    assert (closed.rcvd.code, closed.rcvd.reason) == (4001, "why"), closed
            try:
                await websockets.connect(
                    f"wss://localhost:{port}/ws/echo/", ssl=ssl.create_default_context(cafile=stranger))
                raise SystemExit("a stranger's certificate was accepted")
            except ssl.SSLCertVerificationError:
                pass
            for member in members:
                await member.close()

        asyncio.run(main(*sys.argv[1:]))
        print("all is well")
        """

    @Test(
        "wss with the made certificate verified, by name and by address; another's certificate is refused",
        .enabled(if: isInstalled, "not installed: python3-websockets"), arguments: ProcessTests.hosts)
    func verified(host: [String]) async throws {
        try await TemporaryFolder.with { folder in
            let own = folder.appending(path: "own.pem").path, other = folder.appending(path: "other.pem").path
            _ = try DevelopmentCertificate.ensure(at: own)
            _ = try DevelopmentCertificate.ensure(at: other)
            let script = folder.appending(path: "client.py")
            try Self.script.write(to: script, atomically: true, encoding: .utf8)
            try await Served.run(.lab, host, certificate: own) { served in
                let client = try ChildProcess(
                    "/usr/bin/python3", [script.path, "\(served.securePort ?? 0)", own, other])
                let status = try? await client.exitStatus(within: .seconds(60))
                #expect(status == 0 && client.output.contains("all is well\n"), "\(client.output)")
                await client.stop()
                #expect(try await served.end() == 0)
            }
        }
    }
}
