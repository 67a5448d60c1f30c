// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import SluiceCore
import SluiceTesting
import Testing

@testable import SluiceServer
@testable import SluiceTLS

@Suite("TLS of a whole server", .timeLimit(.minutes(1)))
struct SecurityTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "sluice-server-" + UUID().uuidString

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ pair: CertificateBuilder.Pair, _ name: String) throws -> TLSConfiguration.Certificate {
            let file = path + "/" + name
            try Data((pair.certificatePEM + pair.keyPEM).utf8).write(to: URL(fileURLWithPath: file))
            return TLSConfiguration.Certificate(chainFile: file)
        }
    }

    private func certificate(
        _ name: String, issuer: CertificateBuilder.Pair? = nil, isAuthority: Bool = false
    ) throws -> CertificateBuilder.Pair {
        let now = Int64(Date().timeIntervalSince1970)
        return try CertificateBuilder(
            commonName: name, alternativeNames: "DNS:localhost", notBefore: now - 60, notAfter: now + 3_600,
            isAuthority: isAuthority
        ).make(issuer: issuer)
    }

    private let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test("ASGI's tls extension: certificates of both sides, version and suite are in the scope")
    func scope() async throws {
        let folder = try Folder()
        let root = try certificate("root", isAuthority: true)
        let own = try certificate("server")
        let alice = try certificate("alice", issuer: root)
        let pair = try folder.write(own, "server.pem")
        var configuration = TLSConfiguration(certificates: [pair])
        configuration.clientAuthentication = .request
        configuration.clientCAFile = try folder.write(root, "root.pem").chainFile
        let (ownPEM, alicePEM) = (own.certificatePEM, alice.certificatePEM)
        let router = http { scope, _, send in
            let tls = scope.tls
            let chain = tls?.clientCertificateChain ?? []
            try await send.respond(
                """
                \(tls?.version ?? 0) \(tls?.cipherSuite ?? 0) \(tls?.serverName ?? "-") \
                \(tls?.serverCertificate == ownPEM) \(chain == [alicePEM]) \(chain.count) \
                \(tls?.clientCertificateName ?? "-") \(tls?.clientCertificateError ?? "-")
                """)
        }
        let listener = Listener(.tcp(host: "127.0.0.1", port: 0), tls: try TLSContextStore(configuration))
        let server = Server(router: router, listeners: [listener], threads: 1)
        let port = try #require(try await server.start().first?.port)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        let known = try await Wire(
            address, trusting: pair.chainFile, as: try folder.write(alice, "alice.pem"))
        try await known.write(request)
        #expect(try await known.readToEnd().hasSuffix("\r\n772 4865 localhost true true 1 CN=alice -"))
        let unknown = try await Wire(address, trusting: pair.chainFile)
        try await unknown.write(request)
        #expect(try await unknown.readToEnd().hasSuffix("\r\n772 4865 localhost true false 0 - -"))
        await server.shutdown()
    }

    @Test("plain HTTP on the port of HTTPS is answered 400; what is nothing at all is cut with an alert")
    func notTLS() async throws {
        let certificate = try TestCertificate()
        let server = try await LiveServer(echo, certificate: certificate.pair)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: server.port)
        let plain = try await Wire(address)
        try await plain.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try await plain.readToEnd()
        #expect(
            answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n")
                && answer.hasSuffix("\r\n\r\n400 Bad Request: this port speaks HTTPS\n"))
        let garbage = try await Wire(address)
        try await garbage.write(ByteBuffer(bytes: [UInt8](repeating: 0xAA, count: 300)))
        #expect(try await garbage.readToEnd().utf8.count < 20)
        try await eventually("both have gone") { server.connections == 0 }
        await server.stop()
    }

    @Test("a handshake that is not done in time is cut")
    func handshakeTimeout() async throws {
        let certificate = try TestCertificate()
        var configuration = ServerConfiguration()
        configuration.tlsHandshakeTimeout = 1
        let server = try await LiveServer(echo, certificate: certificate.pair, configuration: configuration)
        let wire = try await Wire(SocketAddress(ipAddress: "127.0.0.1", port: server.port))
        try await wire.write(ByteBuffer(bytes: [22, 3, 1, 0]))
        #expect(try await wire.readToEnd().isEmpty)
        await server.stop()
    }

    @Test("a certificate file that changes is loaded within 2 s; connections live on")
    func watch() async throws {
        let folder = try Folder()
        let (old, new) = (try certificate("old"), try certificate("new"))
        let pair = try folder.write(old, "server.pem")
        let clock = VirtualTime()
        var configuration = ServerConfiguration()
        configuration.http.headerTimeout = 60
        let server = try await LiveServer(echo, certificate: pair, configuration: configuration, clock: clock)
        let first = try await Wire(server, trusting: pair.chainFile)
        _ = try folder.write(new, "server.pem")
        // What a new connection trusts is in the file: the new certificate.
        try await eventually("the new certificate is shown") {
            clock.advance(by: .seconds(2))
            let wire = try? await Wire(server, trusting: pair.chainFile)
            try? await wire?.write(request)
            return (try? await wire?.readToEnd().hasPrefix("HTTP/1.1 200 OK\r\n")) == true
        }
        try await first.write(request)
        #expect(try await first.readToEnd().hasPrefix("HTTP/1.1 200 OK\r\n"))
        await server.stop()
    }
}
