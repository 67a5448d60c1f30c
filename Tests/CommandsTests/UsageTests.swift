// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOPosix
import SluiceTLS
import TestProcesses
import Testing

@Suite("Wrong usage and what cannot be served", .timeLimit(.minutes(3)))
struct UsageTests {
    struct Wrong: CustomTestStringConvertible {
        let program: Program
        let arguments: [String]
        /// What the first line on stderr says.
        let says: String
        var testDescription: String { "\(program) \(arguments.joined(separator: " "))" }

        init(_ arguments: String, of program: Program = .lab, says: String) {
            self.program = program
            self.arguments = arguments.split(separator: " ").map(String.init)
            self.says = says
        }
    }

    @Test(
        "Wrong usage ends with 64, and the first line on stderr says what is wrong",
        arguments: [
            Wrong("serve --no-such-option", says: "--no-such-option"),
            Wrong("serve --port http", says: "--port"),
            Wrong("serve --port 65536", says: "65536"),
            Wrong("serve --port", says: "--port"),
            Wrong("serve --threads 0", says: "--threads"),
            Wrong("serve --tls-cert a.pem", says: "--tls-cert and --tls-key come in pairs"),
            Wrong("serve --tls-client-auth require", says: "--tls-client-ca"),
            Wrong("serve --tls-client-auth perhaps", says: "perhaps"),
            Wrong("serve --server apache", says: "apache"),
            Wrong("serve --overflow explode", says: "explode"),
            Wrong("serve --log-level loud", says: "loud"),
            Wrong("serve --drain-seconds=-1", says: "negative"),
            Wrong("serve --max-message-size=-1", says: "negative"),
            Wrong("serve --channel-layer =memory:", says: "'='"),
            Wrong("serve --channel-layer a=memory: --channel-layer a=memory:", says: "'a'"),
            Wrong("frobnicate", says: "frobnicate"),
            Wrong("serve --no-such-option", of: .example, says: "--no-such-option"),
            Wrong("serve --channel-layer 1=", of: .example, says: "1="),
            Wrong("serve extra", of: .example, says: "extra"),
            Wrong("frobnicate", of: .example, says: "frobnicate"),
        ])
    func wrongUsage(_ wrong: Wrong) async throws {
        let ended = try await wrong.program.run(wrong.arguments)
        #expect(ended.status == 64)
        let first = try #require(ended.errorLines.first)
        #expect(first.hasPrefix("Error: ") && first.contains(wrong.says))
    }

    /// One line on stderr, status 1.
    private func expectOneLine(
        _ ended: Program.Ended, naming words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(ended.status == 1, sourceLocation: sourceLocation)
        #expect(ended.errorLines.count == 1, "\(ended.errors)", sourceLocation: sourceLocation)
        for word in words {
            #expect(ended.errors.contains(word), "\(ended.errors)", sourceLocation: sourceLocation)
        }
        #expect(!ended.output.contains("listening on"), sourceLocation: sourceLocation)
    }

    @Test("A port in use: status 1 and one line that names address and cause", arguments: [Program.lab, .example])
    func portInUse(program: Program) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let taken = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(taken.localAddress?.port)
        expectOneLine(
            try await program.run("serve", "--port", "\(port)"), naming: "127.0.0.1", "\(port)", "in use")
        try await taken.close()
    }

    @Test("The same with SwiftNIO's own server")
    func portInUseNIO() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let taken = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(taken.localAddress?.port)
        let ended = try await Program.lab.run("serve", "--server", "nio", "--port", "\(port)")
        expectOneLine(ended, naming: "\(port)", "in use")
        try await taken.close()
    }

    @Test("A certificate that cannot be read, one that is none, and a key that is another's")
    func certificates() async throws {
        try await TemporaryFolder.with { folder in
            let one = folder.appending(path: "one.pem").path, two = folder.appending(path: "two.pem").path
            _ = try DevelopmentCertificate.ensure(at: one)
            _ = try DevelopmentCertificate.ensure(at: two)
            let broken = folder.appending(path: "broken.pem").path
            try "no certificate".write(toFile: broken, atomically: true, encoding: .utf8)
            let missing = folder.appending(path: "missing.pem").path

            func serve(_ certificate: String, _ key: String) async throws -> Program.Ended {
                try await Program.lab.run(
                    "serve", "--port", "-1", "--tls-port", "0", "--tls-cert", certificate, "--tls-key", key)
            }
            expectOneLine(try await serve(missing, one), naming: missing, "no such file")
            expectOneLine(try await serve(one, missing), naming: missing, "no such file")
            expectOneLine(try await serve(broken, one), naming: broken)
            expectOneLine(try await serve(one, two), naming: one, two, "does not belong")
        }
    }

    @Test("A channel layer that does not exist, and none to listen on")
    func settings() async throws {
        for program in [Program.lab, .example] {
            let ended = try await program.run("serve", "--port", "0", "--channel-layer", "carrier-pigeon:loft")
            expectOneLine(ended, naming: "carrier-pigeon:loft", "memory:")
            expectOneLine(try await program.run("serve", "--port", "-1"), naming: "--port")
        }
        let fromEnvironment = try await Program.example.run(
            "serve", environment: ["SLUICE_CHANNEL_LAYER": "cache=pigeon:"])
        expectOneLine(fromEnvironment, naming: "pigeon:")
        expectOneLine(
            try await Program.example.run("serve", environment: ["SLUICE_PORT": "http"]), naming: "SLUICE_PORT")
    }

    @Test("--help of every command ends with 0 on stdout")
    func help() async throws {
        for (program, command) in [
            (Program.lab, "serve"), (.example, "serve"), (.example, "routes"), (.example, "check"),
        ] {
            let ended = try await program.run(command, "--help")
            #expect(ended.status == 0 && ended.output.contains("USAGE:") && ended.errors.isEmpty)
        }
        let root = try await Program.example.run("--help")
        #expect(root.status == 0)
        for command in ["serve", "routes", "check"] { #expect(root.output.contains(command)) }
    }

    @Test("routes lists every kind of connection; check says that nothing is wrong, and names what is")
    func commands() async throws {
        let routes = try await Program.example.run("routes")
        #expect(routes.status == 0)
        #expect(routes.output.contains("/health/live") && routes.output.contains("websocket"))
        let check = try await Program.example.run("check")
        #expect(check.status == 0 && check.output.contains("nothing is wrong"))
        let wrong = try await Program.example.run(
            "check", "--channel-layer", "pigeon:", "--channel-layer", "other=dove:", "--tls-cert", "/no/cert",
            "--tls-key",
            "/no/key")
        #expect(wrong.status == 1)
        for word in ["pigeon:", "dove:", "/no/cert"] { #expect(wrong.errors.contains(word)) }
    }
}
