// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

@Suite("How long and how slowly requests may come", .timeLimit(.minutes(1)))
struct RequestLimitTests {
    private func limited(_ change: (inout ServerConfiguration.HTTPLimits) -> Void) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        change(&configuration.http)
        return configuration
    }

    @Test("RFC 9112 §9.6: the last request that a connection may have closes it, and those behind it are not served")
    func requests() async throws {
        try await withLiveServer(echo, configuration: limited { $0.requestsPerConnection = 2 }) { server in
            let wire = try await Wire(server)
            try await wire.write((1...3).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            let text = try await wire.readToEnd()
            #expect(text.contains("GET /1 ") && text.hasSuffix("GET /2 "))
            #expect(text.matches(of: #/Connection: close\r\n/#).count == 1)
        }
    }

    @Test("RFC 9110 §15.5.9: the head of a later request has its time too, however it trickles")
    func laterHead() async throws {
        try await withLiveServer(echo, configuration: limited { $0.headerTimeout = 1 }) { server in
            let wire = try await Wire(server)
            try await wire.write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await wire.read(until: "GET /1 ")
            let trickle = Task {
                for byte in Array("GET /2 HTTP/1.1\r\nX: ".utf8) + Array(repeating: UInt8(ascii: "x"), count: 500) {
                    try await wire.write(ByteBuffer(integer: byte))
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            #expect(try await wire.readToEnd().hasPrefix("HTTP/1.1 408 "))
            trickle.cancel()
        }
    }

    @Test("RFC 9110 §15.5.9: a body that comes a byte at a time is given up")
    func bodyRate() async throws {
        let router = http { _, receive, _ in
            while case .request = try await receive() {}
        }
        let configuration = limited { ($0.bodyRate, $0.bodyRateWindow) = (1_000, 1) }
        try await withLiveServer(router, configuration: configuration) { server in
            let wire = try await Wire(server)
            try await wire.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n")
            let trickle = Task {
                for _ in 0..<400 {
                    try await wire.write("x")
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            #expect(try await wire.readToEnd().hasPrefix("HTTP/1.1 408 "))
            #expect(server.host.statistics.limits == [.requestTime: 1])
            trickle.cancel()
        }
    }

    @Test("a body that the application does not ask for may take its time")
    func unread() async throws {
        let gate = Gate()
        let router = http { _, receive, send in
            try await gate.wait()
            let body = try await receive.body()
            try await send.respond("\(body?.readableBytes ?? -1)")
        }
        let configuration = limited { ($0.bodyRate, $0.bodyRateWindow) = (1 << 30, 1) }
        try await withLiveServer(router, configuration: configuration) { server in
            let wire = try await Wire(server)
            try await wire.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab")
            // Two sweeps of the server's clock, which an idle connection with a short time shows.
            var short = ServerConfiguration()
            short.http.headerTimeout = 2
            try await withLiveServer(echo, configuration: short) { other in
                let idle = try await Wire(other)
                #expect(try await idle.readToEnd().hasPrefix("HTTP/1.1 408 "))
            }
            gate.open()
            try await wire.write("c")
            #expect(try await wire.read(until: "\r\n\r\n3").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("RFC 9110 §10.1.1: an expectation that cannot be met is 417")
    func expectation() async throws {
        try await withLiveServer(echo) { server in
            let wire = try await Wire(server)
            try await wire.write("POST / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nContent-Length: 3\r\n\r\n")
            #expect(try await wire.readToEnd().hasPrefix("HTTP/1.1 417 Expectation Failed\r\n"))
        }
    }

    @Test("RFC 9112 §8: a head that breaks off is answered, as its client may still read")
    func brokenHead() async throws {
        try await withLiveServer(echo) { server in
            let wire = try await Wire(server)
            try await wire.write("GET / HTTP/1.1\r\nHost: a")
            try await wire.closeOutput()
            #expect(try await wire.readToEnd().hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("RFC 9112 §9.3.2: what is pipelined behind a running request is not even parsed")
    func unparsed() async throws {
        let gate = Gate()
        let router = http { scope, _, send in
            try await gate.wait()
            try await send.respond(scope.path)
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            try await wire.write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
            let flood = String(repeating: "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n", count: 200_000)
            wire.startWriting(ByteBuffer(string: flood))
            try await eventually("the client has to wait") { wire.isBlocked }
            gate.open()
            _ = try await wire.read(until: "\r\n\r\n/1")
            _ = try await wire.read(until: "\r\n\r\n/2")
            await wire.close()
            try await eventually("it is over") { server.connections == 0 }
        }
    }
}
