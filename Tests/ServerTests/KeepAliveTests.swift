// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import NIOEmbedded
import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

@Suite("Connections that are kept, and pipelined requests", .timeLimit(.minutes(1)))
struct KeepAliveTests {
    @Test("RFC 9112 §9.3: a connection is kept")
    func kept() async throws {
        try await withLiveServer(echo) { server in
            let wire = try await Wire(server)
            for number in 0..<3 {
                try await wire.write("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                let head = try await wire.read(until: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && !head.contains("Connection:"))
                #expect(try await wire.read(until: "GET /\(number) ") != "")
            }
        }
    }

    @Test("RFC 9112 §9.6: a client's close ends the connection behind the response")
    func closed() async throws {
        try await withLiveServer(echo) { server in
            let wire = try await Wire(server)
            try await wire.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let text = try await wire.readToEnd()
            #expect(text.contains("Connection: close\r\n") && text.hasSuffix("GET / "))
        }
    }

    @Test("requests that no application answers wait too for a client that does not read")
    func unread() throws {
        let loop = EmbeddedEventLoop()
        let channel = EmbeddedChannel(loop: loop)
        try ApplicationHost(router: ProtocolTypeRouter()).addHandlers(to: channel)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        func answers() throws -> Int {
            loop.run()
            var text = ""
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
            return text.ranges(of: "HTTP/1.1 404 ").count
        }
        func setWritable(_ isWritable: Bool) {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
        }
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        setWritable(false)
        try channel.writeInbound(ByteBuffer(string: String(repeating: request, count: 3)))
        #expect(try answers() == 0)
        setWritable(true)
        #expect(try answers() == 3)
        // One that has said its last word may still read.
        setWritable(false)
        try channel.writeInbound(ByteBuffer(string: request + request))
        channel.pipeline.fireUserInboundEventTriggered(NIOCore.ChannelEvent.inputClosed)
        #expect(try answers() == 0 && channel.isActive)
        setWritable(true)
        #expect(try answers() == 2 && !channel.isActive)
    }

    @Test("RFC 9112 §9.3: HTTP/1.0 ends by default, and is kept when asked")
    func http10() async throws {
        try await withLiveServer(echo) { server in
            let wire = try await Wire(server)
            try await wire.write("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await wire.read(until: "GET /a ").contains("Connection: keep-alive\r\n"))
            try await wire.write("GET /b HTTP/1.0\r\n\r\n")
            #expect(try await wire.readToEnd().hasSuffix("\r\n\r\nGET /b "))
        }
    }

    @Test("RFC 9112 §6.3: to HTTP/1.0 a stream ends with the connection")
    func http10Stream() async throws {
        let router = http { _, _, send in
            try await send(.responseStart(status: .ok, headers: [:]))
            for piece in ["a", "b", ""] {
                try await send(.responseBody(ByteBuffer(string: piece), moreBody: !piece.isEmpty))
            }
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            try await wire.write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let text = try await wire.readToEnd()
            #expect(text.hasSuffix("\r\n\r\nab") && !text.contains("keep-alive") && !text.contains("chunked"))
        }
    }

    @Test("RFC 9112 §9.3.2: pipelined requests are answered in order, the first one slowly")
    func pipelined() async throws {
        let gate = Gate()
        let router = http { scope, receive, send in
            if scope.path == "/0" { try await gate.wait() }
            let body = try await receive.body().map { String(buffer: $0) } ?? "-"
            try await send.respond("<\(scope.path)\(body)>")
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            var requests = ""
            for number in 0..<50 {
                requests += "POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
            }
            try await wire.write(requests)
            gate.open()
            for number in 0..<50 {
                let text = try await wire.read(until: ">")
                #expect(text.hasSuffix("\r\n\r\n</\(number)abc>"))
            }
        }
    }

    @Test(
        "RFC 9112 §9.3.2: a bad request behind a good one is answered behind its answer",
        arguments: [
            "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "nonsense\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        ])
    func badBehindGood(bad: String) async throws {
        let gate = Gate()
        let router = http { scope, _, send in
            try await gate.wait()
            try await send.respond(scope.path)
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            let good = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n"
            try await wire.write(good + good + bad + good)
            gate.open()
            let text = try await wire.readToEnd()
            let statuses = text.matches(of: #/HTTP/1\.1 (\d+)/#).map(\.1)
            #expect(statuses == ["200", "200", "400"], "\(text)")
        }
    }

    @Test("RFC 9112 §9.3.2: the body of a later request breaks; those before it are answered")
    func badBodyBehindGood() async throws {
        let gate = Gate()
        let router = http { scope, receive, send in
            if scope.path == "/1" { try await gate.wait() }
            guard let body = try await receive.body() else { throw CancellationError() }
            try await send.respond(scope.path + String(buffer: body))
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            let bad = "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"
            try await wire.write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n" + bad)
            gate.open()
            _ = try await wire.read(until: "\r\n\r\n/1")
            _ = try await wire.read(until: "\r\n\r\n/2")
            #expect(try await wire.readToEnd().hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        }
    }

    @Test("RFC 9112 §9.6: a client that has closed its side gets the answers to what it asked")
    func halfClosed() async throws {
        let gate = Gate()
        let router = http { scope, receive, send in
            _ = try await receive.body()
            try await gate.wait()
            try await send.respond(scope.path)
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            try await wire.write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            try await wire.closeOutput()
            gate.open()
            _ = try await wire.read(until: "\r\n\r\n/1")
            let last = try await wire.readToEnd()
            #expect(last.hasSuffix("\r\n\r\n/2") && last.contains("Connection: close\r\n"))
        }
    }

    @Test(
        "RFC 9110 §7.8: an offer of another protocol is not taken up, and the connection goes on",
        arguments: [
            "", "Content-Length: 3\r\n",
        ])
    func otherProtocol(length: String) async throws {
        try await withLiveServer(echo) { server in
            let wire = try await Wire(server)
            let body = length.isEmpty ? "" : "abc"
            let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"
            let first = "POST /1 HTTP/1.1\r\nHost: a\r\n\(upgrade)\(length)\r\n\(body)"
            try await wire.write(first)
            _ = try await wire.read(until: "POST /1 \(body)")
            // Pipelined behind it, with another offer: what the old decoder holds goes to the new one.
            try await wire.write(first + first + "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            _ = try await wire.read(until: "POST /1 \(body)")
            _ = try await wire.read(until: "POST /1 \(body)")
            #expect(try await wire.readToEnd().hasSuffix("\r\n\r\nGET /2 "))
        }
    }
}
