// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

@Suite("Request bodies", .timeLimit(.minutes(1)))
struct RequestBodyTests {
    @Test("RFC 9112 §7.1: a chunked body arrives whole, wherever its bytes are cut")
    func chunked() async throws {
        let request =
            "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "4;x=y\r\nWiki\r\n5\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\nTrailer: t\r\n\r\n"
        try await withLiveServer(echo) { server in
            let wire = try await Wire(server)
            for cut in 1..<request.utf8.count {
                let bytes = ByteBuffer(string: request)
                for (at, length) in [(0, cut), (cut, request.utf8.count - cut)] {
                    try await wire.write(try #require(bytes.getSlice(at: at, length: length)))
                }
                _ = try await wire.read(until: "\r\n\r\nPOST /c Wikipedia in\r\n\r\nchunks.")
            }
            for byte in request.utf8 { try await wire.write(ByteBuffer(bytes: [byte])) }
            _ = try await wire.read(until: "Wikipedia in\r\n\r\nchunks.")
        }
    }

    @Test("any body arrives unchanged", arguments: [0, 1, 1_500, 65_537, 1_000_000])
    func unchanged(size: Int) async throws {
        let router = http { _, receive, send in
            let body = try await receive.body() ?? ByteBuffer()
            try await send(.responseStart(status: .ok, headers: [:]))
            try await send(.responseBody(body, moreBody: false))
        }
        try await withLiveServer(router) { server in
            let body = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
            let response = try await server.http().request(.post, "/", body: body)
            #expect(response.body == body)
        }
    }

    @Test("RFC 9112 §9.3: a body that the application leaves, of which part is here, does not keep the next request")
    func left() async throws {
        let router = http { scope, _, send in try await send.respond("<\(scope.path)>") }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            for number in 1...3 {
                try await wire.write("POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab")
                _ = try await wire.read(until: "</\(number)>")
                try await wire.write("cdefghij")
            }
            // One that does not come at all is not waited for without end.
            try await wire.write("POST /4 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nConnection: close\r\n\r\nab")
            _ = try await wire.read(until: "</4>")
            #expect(try await wire.readToEnd() == "")
        }
    }

    @Test("the last piece is marked; then comes a disconnect, again and again")
    func events() async throws {
        let notes = Notes()
        let router = http { _, receive, send in
            while case .request(let body, let moreBody) = try await receive() {
                notes.add("\(String(buffer: body))\(moreBody ? "+" : ".")")
                if !moreBody { break }
            }
            try await send.respond("")
            for _ in 0..<2 { if case .disconnect = try await receive() { notes.add("disconnect") } }
        }
        try await withLiveServer(router) { server in
            _ = try await server.http().request(.post, "/", body: ByteBuffer(string: "abc"))
            try await eventually("both disconnects") { notes.all == ["abc.", "disconnect", "disconnect"] }
            _ = try await server.http().request(.get, "/")
            try await eventually("the empty body") { notes.all.dropFirst(3).first == "." }
        }
    }

    @Test("RFC 9110 §10.1.1: 100 is sent when the application looks at the body")
    func continueWhenLookedAt() async throws {
        let gate = Gate()
        let router = http { _, receive, send in
            try await gate.wait()
            let body = try await receive.body() ?? ByteBuffer()
            try await send.respond(String(buffer: body))
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            try await wire.write("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            gate.open()
            #expect(try await wire.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await wire.write("abc")
            #expect(try await wire.read(until: "\r\n\r\nabc").hasPrefix("HTTP/1.1 200 OK\r\n"))
            // The body is here already: nothing is asked for.
            try await wire.write("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\ndef")
            #expect(try await wire.read(until: "\r\n\r\ndef").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test("RFC 9110 §10.1.1: without a look at the body there is no 100, and the connection ends")
    func noContinue() async throws {
        try await withLiveServer(http { _, _, send in try await send.respond("no", status: .forbidden) }) { server in
            let wire = try await Wire(server)
            try await wire.write("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            let text = try await wire.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 403 ") && text.contains("Connection: close\r\n") && text.hasSuffix("no"))
        }
    }

    @Test("a small body that the application does not read costs the connection nothing")
    func smallUnread() async throws {
        try await withLiveServer(http { scope, _, send in try await send.respond(scope.path) }) { server in
            let wire = try await Wire(server)
            try await wire.write("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
            _ = try await wire.read(until: "\r\n\r\n/1")
            try await wire.write(String(repeating: "x", count: 100_000) + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(!(try await wire.read(until: "\r\n\r\n/2").contains("Connection: close")))
        }
    }

    @Test(
        "RFC 9112 §9.6: a large body that nobody reads ends the connection, but not before the response is there",
        arguments: [
            "Content-Length: 50000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n2FAF080\r\n",
        ])
    func largeUnread(head: String) async throws {
        try await withLiveServer(http { _, _, send in try await send.respond("answer") }) { server in
            let wire = try await Wire(server)
            try await wire.write("POST / HTTP/1.1\r\nHost: a\r\n\(head)")
            wire.startWriting(ByteBuffer(repeating: 0x78, count: 50_000_000))
            #expect(try await wire.readToEnd().hasSuffix("\r\n\r\nanswer"))
            try await eventually("the connection is gone", within: .seconds(15)) { server.connections == 0 }
        }
    }

    @Test("an application that does not read stops the client")
    func backPressure() async throws {
        let gate = Gate()
        let taken = Counter()
        let router = http { scope, receive, send in
            if scope.path == "/slow" { try await gate.wait() }
            while case .request(let body, let moreBody) = try await receive() {
                taken.add(body.readableBytes)
                if !moreBody { break }
            }
            try await send.respond("done")
        }
        let server = try await LiveServer(router, threads: 1)
        let wire = try await Wire(server)
        let (count, size) = (1_024, 64 << 10)
        try await wire.write("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: \(count * size)\r\n\r\n")
        for _ in 0..<count { wire.startWriting(ByteBuffer(repeating: 0x78, count: size)) }
        // The same loop serves others all the while. What it takes, it takes within a few turns.
        let other = try await server.http()
        for _ in 0..<100 { _ = try await other.request(.get, "/") }
        #expect(taken.value == 0 && wire.isBlocked)
        #expect(wire.writtenBytes < 24 << 20, "the sockets' own buffers hold that much at most")
        gate.open()
        _ = try await wire.read(until: "\r\n\r\ndone")
        #expect(taken.value == count * size)
        await server.stop()
    }

    @Test(
        "RFC 9112 §8: a body that breaks off is told to the application",
        arguments: [
            ("Content-Length: 10\r\n\r\nabc", true), ("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true),
            ("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n", false),
            ("Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", false),
        ])
    func truncated(request: String, ends: Bool) async throws {
        let notes = Notes()
        let router = http { scope, receive, send in
            var body = ByteBuffer()
            while case .request(var piece, let moreBody) = try await receive() {
                body.writeBuffer(&piece)
                if !moreBody { notes.add("whole") }
            }
            notes.add("cut behind \(String(buffer: body).prefix(3))")
            if scope.path == "/answer" { try await send.respond("all the same") }
        }
        try await withLiveServer(router) { server in
            for (path, status) in [("/", "400 Bad Request"), ("/answer", "200 OK")] {
                let wire = try await Wire(server)
                try await wire.write("POST \(path) HTTP/1.1\r\nHost: a\r\n\(request)")
                if ends { try await wire.closeOutput() }
                let text = try await wire.readToEnd()
                #expect(text.hasPrefix("HTTP/1.1 \(status)\r\n") && text.contains("Connection: close\r\n"), "\(text)")
                #expect(text.split(separator: "HTTP/1.1 ").count == 1)
            }
            #expect(notes.all == ["cut behind abc", "cut behind abc"])
        }
    }
}
