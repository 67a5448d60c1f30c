// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTLS
import SluiceTesting
import Testing

/// Time-outs of a second, for tests.
private func impatient(headerTimeout: UInt32 = 60) -> ServerConfiguration {
    var configuration = ServerConfiguration()
    configuration.http.headerTimeout = headerTimeout
    configuration.http.keepAliveTimeout = 1
    configuration.applicationCloseTimeout = 1
    return configuration
}

@Suite("Clients that go away", .timeLimit(.minutes(1)))
struct LostClientTests {
    @Test("an application is told that its client has gone", arguments: [false, true])
    func told(isReset: Bool) async throws {
        let notes = Notes()
        let router = http { _, receive, send in
            notes.add("called")
            while case .request = try await receive() {}
            notes.add("disconnect")
        }
        try await withLiveServer(router) { server in
            let client = try await server.http()
            try await client.send(.get, "/")
            try await eventually("the call") { notes.all == ["called"] }
            if isReset { await client.connection.reset() } else { await client.connection.close() }
            try await eventually("the disconnect") { notes.all == ["called", "disconnect"] }
            try await eventually("the end") { !server.host.isBusy }
        }
    }

    @Test("an application that goes on without its client is cancelled", arguments: [false, true])
    func cancelled(isReset: Bool) async throws {
        let notes = Notes()
        let router = http { _, receive, send in
            notes.add("called")
            do { try await Gate().wait() } catch { notes.add("\(error)") }
        }
        try await withLiveServer(router, configuration: impatient()) { server in
            let client = try await server.http()
            try await client.send(.get, "/")
            try await eventually("the call") { notes.all == ["called"] }
            if isReset { await client.connection.reset() } else { await client.connection.close() }
            try await eventually("the cancellation") { notes.all == ["called", "CancellationError()"] }
            try await eventually("the end") { !server.host.isBusy }
        }
    }

    @Test("an application that writes to a lost client gets an error")
    func writing() async throws {
        let notes = Notes()
        let router = http { _, _, send in
            try await send(.responseStart(status: .ok, headers: [:]))
            do {
                while true { try await send(.responseBody(ByteBuffer(repeating: 0, count: 10_000), moreBody: true)) }
            } catch let error as SendError {
                notes.add(error.code == .connectionClosed ? "closed" : "\(error)")
            }
        }
        try await withLiveServer(router) { server in
            let client = try await server.http()
            try await client.send(.get, "/")
            _ = try await client.connection.receive()
            await client.connection.reset()
            try await eventually("the error") { notes.all == ["closed"] }
        }
    }
}

@Suite("Requests that are refused", .timeLimit(.minutes(1)))
struct RefusedRequestTests {
    @Test(
        "RFC 9112 §3, §5, §6: requests that are not valid are answered once, and the connection ends",
        arguments: [
            ("nonsense\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("GET / HTTP/0.9\r\n\r\n", 505),
            ("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0B}b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX\u{1}: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{85}b\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        ])
    func invalid(request: String, status: Int) async throws {
        let router = http { _, _, _ in Issue.record("an application must not see it") }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            try await wire.write(request + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let text = try await wire.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 \(status) ") && text.contains("Connection: close\r\n"), "\(text)")
            #expect(text.matches(of: #/HTTP/1\.1 \d/#).count == 1)
        }
    }

    @Test("RFC 6585 §5, RFC 9110 §15.5.15: limits of header and target")
    func limits() async throws {
        let long = String(repeating: "x", count: 20 << 10)
        let requests = [
            ("GET /\(long.prefix(9 << 10)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\n\(long): x\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 100) + "\r\n", 431),
            (
                "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: \(long.prefix(7_000))\r\n", count: 10) + "\r\n",
                431
            ),
        ]
        try await withLiveServer(echo) { server in
            for (request, status) in requests {
                let wire = try await Wire(server)
                wire.startWriting(ByteBuffer(string: request + String(repeating: long, count: 100)))
                let text = try await wire.readToEnd()
                #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text.prefix(200))")
            }
        }
    }

    @Test("RFC 9112 §9.6: the answer to a bad request is not lost while its client sends on", arguments: [false, true])
    func sendingOn(isSecure: Bool) async throws {
        let certificate = isSecure ? try TestCertificate() : nil
        try await withLiveServer(echo, certificate: certificate?.pair) { server in
            let wire = try await Wire(server, trusting: certificate?.pair.chainFile)
            try await wire.write("nonsense\r\n\r\n")
            for _ in 0..<100 { wire.startWriting(ByteBuffer(repeating: 0x78, count: 100_000)) }
            #expect(try await wire.readToEnd().hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            try await eventually("it is over", within: .seconds(15)) { server.connections == 0 }
        }
    }
}

@Suite("Time-outs", .timeLimit(.minutes(1)))
struct TimeoutTests {
    @Test(
        "RFC 9110 §15.5.9: a request head that does not come, or not whole", arguments: ["", "GET / HTTP/1.1\r\nHost:"])
    func header(start: String) async throws {
        try await withLiveServer(echo, configuration: impatient(headerTimeout: 1)) { server in
            let wire = try await Wire(server)
            try await wire.write(start)
            let text = try await wire.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 408 Request Timeout\r\n") && text.contains("Connection: close\r\n"))
        }
    }

    @Test("RFC 9112 §9.5: an idle connection is closed without a word")
    func idle() async throws {
        try await withLiveServer(echo, configuration: impatient()) { server in
            let wire = try await Wire(server)
            try await wire.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await wire.read(until: "GET / ")
            #expect(try await wire.readToEnd() == "")
        }
    }

    @Test("RFC 9110 §15.5.9: a body that stops coming")
    func body() async throws {
        let notes = Notes()
        let router = http { _, receive, _ in
            while case .request = try await receive() {}
            notes.add("disconnect")
        }
        try await withLiveServer(router, configuration: impatient()) { server in
            let wire = try await Wire(server)
            try await wire.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            #expect(try await wire.readToEnd().hasPrefix("HTTP/1.1 408 "))
            #expect(notes.all == ["disconnect"])
        }
    }

    @Test("a body that stops coming when its request has been answered ends the connection")
    func bodyBehindAnswer() async throws {
        let router = http { _, _, send in try await send.respond("done") }
        try await withLiveServer(router, configuration: impatient()) { server in
            let wire = try await Wire(server)
            try await wire.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            let text = try await wire.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 200 ") && text.hasSuffix("done"))
        }
    }

    @Test("a client that never reads its response is given up", arguments: [false, true])
    func stalled(closes: Bool) async throws {
        let notes = Notes()
        let router = http { _, _, send in
            notes.add("called")
            try await send(.responseStart(status: .ok, headers: closes ? [.connection: "close"] : [:]))
            try await send(.responseBody(ByteBuffer(repeating: 0, count: 32 << 20), moreBody: !closes))
            if !closes { try await send(.responseBody(ByteBuffer(), moreBody: false)) }
        }
        // The request has all the time that a busy machine needs.
        try await withLiveServer(router, configuration: impatient()) { server in
            let wire = try await Wire(server)
            try await wire.setReading(false)
            try await wire.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("the call") { notes.all == ["called"] }
            try await eventually("it is cut", within: .seconds(15)) { !server.host.isBusy }
            await wire.close()
        }
    }

    @Test("a slow application is no time-out")
    func slow() async throws {
        let gate = Gate()
        let router = http { scope, _, send in
            if scope.path == "/slow" { try await gate.wait() }
            try await send.respond("done")
        }
        // Long enough for a busy machine to get the request out in time.
        try await withLiveServer(router, configuration: impatient(headerTimeout: 5)) { server in
            let slow = try await server.http()
            try await slow.send(.get, "/slow")
            // An idle connection beside it is closed by the same limits.
            let idle = try await server.http()
            _ = try await idle.request(.get, "/")
            try await idle.expectClose(timeout: .seconds(20))
            gate.open()
            #expect(try await slow.receive().text == "done")
        }
    }
}
