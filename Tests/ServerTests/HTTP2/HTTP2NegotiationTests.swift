// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTLS
import SluiceTesting
import Testing

@Suite("RFC 9113 §3: which HTTP is spoken", .timeLimit(.minutes(1)))
struct HTTP2NegotiationTests {
    private func connect(_ server: LiveServer, _ certificate: TestCertificate, _ protocols: [String]) async throws
        -> ClientConnection
    {
        try await ClientConnection(
            port: server.port,
            security: .init(trust: .file(certificate.pair.chainFile), applicationProtocols: protocols))
    }

    @Test("§3.2 ALPN decides", arguments: [["h2", "http/1.1"], ["h2"], ["http/1.1"], []])
    func alpn(protocols: [String]) async throws {
        let certificate = try TestCertificate()
        let router = http { scope, _, send in
            try await send.respond("\(scope.httpVersion) \(scope.scheme) \(scope.tls != nil)")
        }
        try await withLiveServer(router, certificate: certificate.pair) { server in
            let connection = try await connect(server, certificate, protocols)
            if protocols.contains("h2") {
                let client = try await FrameClient(connection)
                try await client.send(client.headers(1))
                #expect(try await client.response(1).text == "2 https true")
            } else {
                #expect(try await HTTPClient(connection).request(.get, "/").text == "1.1 https true")
            }
        }
    }

    @Test("§3.3 without TLS the preface decides, where that is allowed", arguments: [true, false])
    func priorKnowledge(isAllowed: Bool) async throws {
        var configuration = ServerConfiguration()
        configuration.http2.priorKnowledge = isAllowed
        try await withLiveServer(echo, configuration: configuration) { server in
            #expect(try await server.get("/a").text == "GET /a ")
            let client = try await FrameClient(raw: server)
            try await client.send(ByteBuffer(string: FrameClient.preface + String(buffer: Frame.settings([]).bytes)))
            guard isAllowed else { return try await client.end() }
            #expect(try await client.next().kind == .settings)
        }
    }

    @Test("a request that begins as the preface does, in pieces, is HTTP/1.1")
    func almost() async throws {
        try await withHTTP2Server { server in
            let wire = try await Wire(server)
            try await wire.write("P")
            try await wire.write("ROPFIND / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await wire.read(until: "\r\n").hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test("connections that have not said what they speak end with the server")
    func undecided() async throws {
        let server = try await LiveServer(echo, configuration: .http2())
        let client = try await FrameClient(raw: server)
        try await client.send(ByteBuffer(string: "PRI"))
        try await eventually("the connection") { server.connections == 1 }
        #expect(await server.stop())
        try await client.end()
    }
}
#endif
