// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import SluiceCore
import SluiceTLS
import SluiceTesting
import Testing

import class TestProcesses.ChildProcess

@Suite("A served process: ready lines, signals, certificates", .timeLimit(.minutes(5)))
struct ProcessTests {
    /// All servers that a Lab has.
    static let hosts: [[String]] = {
        var hosts: [[String]] = [[], ["--server", "nio"]]
        #if Hummingbird
        hosts.append(["--server", "hummingbird"])
        #endif
        return hosts
    }()

    @Test("One ready line for each listener, when it accepts", arguments: hosts)
    func readyLines(host: [String]) async throws {
        try await TemporaryFolder.with { folder in
            let file = folder.appending(path: "localhost.pem").path
            _ = try DevelopmentCertificate.ensure(at: file)
            try await Served.run(.lab, host, certificate: file) { served in
                #expect(try await served.get("/plain").text == "Hello, World!")
                let secure = HTTPClient(try await served.connectSecurely())
                #expect(try await secure.request(.get, "/plain").text == "Hello, World!")
                let lines = served.process.output.split(separator: "\n").filter { $0.hasPrefix("listening on ") }
                #expect(lines.count == 2)
            }
        }
    }

    @Test(
        "TERM and INT: sockets are closed with 1012, requests are finished, the status is 0", arguments: hosts,
        [
            SIGTERM, SIGINT,
        ])
    func graceful(host: [String], signal: Int32) async throws {
        try await Served.run(.lab, host) { served in
            let sockets = [try await served.webSocket("/ws/echo/"), try await served.webSocket("/ws/room/")]
            for socket in sockets {
                try await socket.send(text: "hello")
                #expect(try await socket.receiveText() == "hello")
            }
            // A request whose response goes on: it is finished, not cut.
            let request = HTTPClient(try await served.connect())
            try await request.send(raw: "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
            try await eventually("the request is served") {
                try await served.object("/stats").number("connections") ?? 0 >= 4
            }
            try await served.process.send(signal: signal)
            for socket in sockets {
                #expect(try await socket.receiveClose() == WebSocketClose(code: .serviceRestart))
                try await socket.sendClose(.serviceRestart)
                #expect(try await socket.receive() == .ended)
            }
            try await request.send(raw: "67890")
            #expect(try await request.receive().text == "1234567890")
            #expect(try await served.process.exitStatus(within: .seconds(60)) == 0)
        }
    }

    @Test("The example stops as gracefully")
    func example() async throws {
        try await Served.run(.example) { served in
            let live = try await served.get("/health/live")
            #expect(live.text == #"{"status":"ok"}"#)
            #expect(try await served.end() == 0)
        }
    }

    @Test("--drain-delay: not ready, but still serving; a second signal ends at once", arguments: hosts)
    func drainDelay(host: [String]) async throws {
        try await Served.run(.lab, host + ["--drain-delay", "600"]) { served in
            #expect(try await served.get("/health/ready").text == #"{"status":"ok"}"#)
            let socket = try await served.webSocket("/ws/echo/")
            try await served.process.send(signal: SIGTERM)
            try await eventually("not ready") { try await served.get("/health/ready").status == .serviceUnavailable }
            #expect(try await served.get("/health/ready").text == #"{"status":"draining"}"#)
            #expect(try await served.get("/health/live").status == .ok)
            #expect(try await served.get("/plain").status == .ok)
            try await socket.send(text: "still here")
            #expect(try await socket.receiveText() == "still here")
            #expect(try await served.end() == 143)
        }
    }

    @Test("--drain-delay passes, and the stop goes on to its end", arguments: hosts)
    func drainDelayEnds(host: [String]) async throws {
        try await Served.run(.lab, host + ["--drain-delay", "1"]) { served in
            let status = try await served.end()
            #expect(status == 0)
        }
    }

    @Test("--drain-seconds is the deadline: a client that does not let go is cut, the status is still 0")
    func deadline() async throws {
        try await Served.run(.lab, ["--drain-seconds", "1"]) { served in
            let request = HTTPClient(try await served.connect())
            try await request.send(.get, "/events")
            let socket = try await served.webSocket("/ws/json/room/")
            try await socket.send(text: #"{"cmd":"stall","ms":600000}"#)
            #expect(try await served.end() == 0)
        }
    }

    @Test(
        "HUP: new handshakes see the new certificate, connections live on, a broken file changes nothing",
        arguments: hosts)
    func reload(host: [String]) async throws {
        try await TemporaryFolder.with { folder in
            func make(_ name: String) throws -> (path: String, pem: Data) {
                let path = folder.appending(path: name).path
                _ = try DevelopmentCertificate.ensure(at: path)
                return (path, try Data(contentsOf: URL(filePath: path)))
            }
            let first = try make("first.pem"), second = try make("second.pem")
            let served = folder.appending(path: "served.pem")
            try first.pem.write(to: served)
            try await Served.run(.lab, host, certificate: served.path) { process in
                let early = HTTPClient(try await process.connectSecurely(trusting: first.path))
                #expect(try await early.request(.get, "/plain").status == .ok)

                try Data("no certificate".utf8).write(to: served)
                try await process.process.send(signal: SIGHUP)
                _ = try await process.process.captured("the complaint") {
                    $0.contains("the certificates were not loaded again") ? "" : nil
                }
                let same = HTTPClient(try await process.connectSecurely(trusting: first.path))
                #expect(try await same.request(.get, "/plain").status == .ok)

                try second.pem.write(to: served)
                try await process.process.send(signal: SIGHUP)
                try await eventually("the new certificate") {
                    guard let late = try? await process.connectSecurely(trusting: second.path) else { return false }
                    return (try? await HTTPClient(late).request(.get, "/plain").status) == .ok
                }
                await #expect(throws: (any Error).self) {
                    let stranger = HTTPClient(try await process.connectSecurely(trusting: first.path))
                    _ = try await stranger.request(.get, "/plain")
                }
                #expect(try await early.request(.get, "/plain").status == .ok)
                #expect(try await process.end() == 0)
            }
        }
    }

    @Test("HUP without certificates changes nothing", arguments: hosts)
    func reloadNothing(host: [String]) async throws {
        try await Served.run(.lab, host) { served in
            try await served.process.send(signal: SIGHUP)
            let response = try await served.get("/plain")
            #expect(response.status == .ok)
            #expect(try await served.end() == 0)
        }
    }

    @Test("--threads is the number of event loops", arguments: [1, 2, 3])
    func threads(count: Int) async throws {
        try await Served.run(.lab, ["--threads", "\(count)"]) { served in
            let socket = try await served.webSocket("/ws/json/room/")
            try await socket.send(text: #"{"cmd":"whoami"}"#)
            let pid = try #require(try await socket.receiveObject().number("pid"))
            let folder = "/proc/\(pid)/task"
            let loops = try FileManager.default.contentsOfDirectory(atPath: folder).filter { task in
                let name = try? String(contentsOfFile: "\(folder)/\(task)/comm", encoding: .utf8)
                return name?.hasPrefix("NIO-ELT-") == true
            }
            #expect(loops.count == count)
            // Connections of all loops reach each other.
            var members: [WebSocketClient] = []
            for _ in 0..<(3 * count) { members.append(try await served.webSocket("/ws/all/")) }
            try await members[0].send(text: "hello")
            for member in members { #expect(try await member.receiveText() == "hello") }
        }
    }

    @Test("--access-log names requests and the ends of WebSockets on stderr; off by default")
    func accessLog() async throws {
        for isOn in [true, false] {
            try await Served.run(.lab, isOn ? ["--access-log"] : []) { served in
                _ = try await served.get("/items/7/?q=x")
                let socket = try await served.webSocket("/ws/echo/")
                try await socket.close(.normal)
                #expect(try await served.end() == 0)
                let output = served.process.output
                #expect(output.contains("GET /items/7/") == isOn)
                #expect(output.contains("WebSocket /ws/echo/ closed") == isOn)
            }
        }
    }

    @Test("Environment variables stand behind options; several hosts have a line each")
    func environment() async throws {
        try await Served.run(.lab, ["--host", "127.0.0.1", "--host", "127.0.0.2"]) { served in
            _ = try await served.process.captured("the second host") {
                $0.contains("listening on http://127.0.0.2:") ? "" : nil
            }
        }
        try await Served.run(.lab, [], environment: ["SLUICE_PORT": "70000"]) { served in
            let response = try await served.get("/plain")
            #expect(response.status == .ok)
        }
    }
}
