// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore
import Testing

@testable import SluiceTLS

@Suite("Engine: handshake")
struct HandshakeTests {
    @Test("RFC 8446: TLS 1.3 by default, verified for the name, data both ways")
    func tls13() throws {
        let wire = try Wire(Peers())
        try wire.run()
        #expect(wire.client.state == .established)
        #expect(wire.server.state == .established)
        #expect(wire.client.version == .tls13)
        #expect(wire.server.version == .tls13)
        #expect(wire.server.serverName == "localhost")
        #expect([0x1301, 0x1302, 0x1303].contains(wire.server.cipherSuite))
        try wire.client.send("question")
        try wire.server.send("answer")
        try wire.run()
        #expect(wire.server.takeText() == "question")
        #expect(wire.client.takeText() == "answer")
        #expect(wire.client.takeText() == nil)
    }

    @Test("RFC 5246: TLS 1.2 with a client that has no newer one, with a forward-secret AEAD suite")
    func tls12() throws {
        let peers = try Peers()
        copenssl_CTX_set_max_proto_version(peers.client.pointer, TLS1_2_VERSION)
        let wire = try Wire(peers)
        try wire.run()
        #expect(wire.server.version == .tls12)
        #expect([0xC02B, 0xC02C, 0xCCA9].contains(wire.server.cipherSuite))
        try wire.client.send("question")
        try wire.run()
        #expect(wire.server.takeText() == "question")
    }

    @Test("A client below the minimum version is refused with an alert that says so")
    func minimumVersion() throws {
        let peers = try Peers(minimumVersion: .tls13)
        let client = try TLSContext.client(trust: .unverified)
        copenssl_CTX_set_max_proto_version(client.pointer, TLS1_2_VERSION)
        let wire = try Wire(peers.server, client)
        #expect { try wire.run() } throws: { ($0 as? TLSError)?.code == .handshakeFailed }
        #expect(wire.server.state == .failed)
        #expect { try wire.client.receive(ByteBuffer(bytes: [0])) } throws: {
            ($0 as? TLSError)?.message.contains("alert protocol version") == true
        }
    }

    @Test("RFC 7301: the server's first protocol that the client offers is chosen")
    func alpn() throws {
        let wire = try Wire(Peers(serverProtocols: ["h2", "http/1.1"], clientProtocols: ["x", "http/1.1", "h2"]))
        try wire.run()
        #expect(wire.client.applicationProtocol == "h2")
        #expect(wire.server.applicationProtocol == "h2")
    }

    @Test("RFC 7301 §3.2: a client that offers only other protocols is refused; one that offers none is let in")
    func alpnMismatch() throws {
        let wire = try Wire(Peers(clientProtocols: ["smtp"]))
        #expect { try wire.run() } throws: { ($0 as? TLSError)?.code == .handshakeFailed }
        let silent = try Wire(Peers(clientProtocols: []))
        try silent.run()
        #expect(silent.server.applicationProtocol == nil)
        let unconfigured = try Wire(Peers(serverProtocols: [], clientProtocols: ["http/1.1"]))
        try unconfigured.run()
        #expect(unconfigured.client.applicationProtocol == nil)
    }

    @Test("A client refuses a certificate of another authority, for another host, and one out of its time")
    func verification() throws {
        let peers = try Peers()
        let stranger = try peers.folder.write(makeCertificate(), to: "stranger.pem")
        let distrusting = try TLSContext.client(trust: .file(stranger.chainFile))
        for (client, name) in [(distrusting, "localhost"), (peers.client, "example.org"), (peers.client, "127.0.0.2")] {
            let wire = try Wire(peers.server, client, name: name)
            #expect { try wire.run() } throws: { ($0 as? TLSError)?.code == .certificateRejected }
            #expect(wire.client.state == .failed)
            #expect(wire.server.state != .established)
        }
        let old = try peers.folder.write(makeCertificate(from: now - 100, to: now - 50), to: "old.pem")
        let oldServer = try TLSContext(TLSConfiguration(certificates: [old]), now: now - 75)
        let wire = try Wire(oldServer, .client(trust: .file(old.chainFile)))
        #expect { try wire.run() } throws: { ($0 as? TLSError)?.message.contains("expired") == true }
    }

    @Test("A chain with an intermediate authority is sent whole, so that trusting the root is enough")
    func chain() throws {
        let folder = try TemporaryFolder()
        let root = try makeCertificate("root", names: "", isAuthority: true)
        let middle = try makeCertificate("middle", names: "", issuer: root, isAuthority: true)
        let leaf = try makeCertificate(issuer: middle)
        let client = try TLSContext.client(trust: .file(folder.write(root.certificatePEM, to: "root.pem")))
        func server(_ chain: [CertificateBuilder.Pair]) throws -> TLSContext {
            let text = chain.map(\.certificatePEM).joined() + leaf.keyPEM
            return try TLSContext(
                TLSConfiguration(certificates: [.init(chainFile: folder.write(text, to: "chain.pem"))]))
        }
        let whole = try Wire(server([leaf, middle]), client)
        try whole.run()
        #expect(whole.client.peerCertificates.map(\.subject) == ["CN=localhost", "CN=middle"])
        let alone = try Wire(server([leaf]), client)
        #expect { try alone.run() } throws: { ($0 as? TLSError)?.code == .certificateRejected }
    }

    @Test("RFC 6066 §3: an IP address is verified but not sent as SNI; a verifying client needs a name")
    func names() throws {
        let peers = try Peers()
        let wire = try Wire(peers.server, peers.client, name: "127.0.0.1")
        try wire.run()
        #expect(wire.server.serverName == nil)
        #expect { try TLSEngine(peers.client) } throws: { ($0 as? TLSError)?.code == .invalidConfiguration }
        let unverified = try Wire(peers.server, .client(trust: .unverified), name: nil)
        try unverified.run()
        #expect(unverified.client.state == .established)
    }

    @Test("SNI: exact name, then wildcard of one label, else the first; the same ALPN with each")
    func sni() throws {
        let folder = try TemporaryFolder()
        let names = [("first", "DNS:first.test"), ("star", "DNS:*.example.test"), ("exact", "DNS:a.example.test")]
        let pairs = try names.map { try folder.write(makeCertificate($0.0, names: $0.1), to: $0.0 + ".pem") }
        let server = try TLSContext(TLSConfiguration(certificates: pairs))
        let client = try TLSContext.client(trust: .unverified, applicationProtocols: ["http/1.1"])
        let expected = [
            "first.test": "first", "a.example.test": "exact", "A.Example.TEST": "exact", "b.example.test": "star",
            "example.test": "first", "x.b.example.test": "first", "other.test": "first",
        ]
        for (name, subject) in expected {
            let wire = try Wire(server, client, name: name)
            try wire.run()
            #expect(wire.client.peerCertificates.first?.subject == "CN=\(subject)", "\(name)")
            #expect(wire.client.applicationProtocol == "http/1.1", "\(name)")
        }
        let nameless = try Wire(server, client, name: nil)
        try nameless.run()
        #expect(nameless.client.peerCertificates.first?.subject == "CN=first")
    }

    @Test("Resumption by stateless ticket, in both versions; the server keeps no session", arguments: [false, true])
    func resumption(onlyTLS12: Bool) throws {
        let peers = try Peers(clientProtocols: ["http/1.1"])
        if onlyTLS12 { copenssl_CTX_set_max_proto_version(peers.client.pointer, TLS1_2_VERSION) }
        let first = try Wire(peers)
        try first.run()
        #expect(!first.server.isResumed)
        let session = try #require(first.client.session)
        let second = try Wire(peers.server, peers.client, session: session)
        try second.run()
        #expect(second.server.isResumed)
        #expect(second.client.isResumed)
        #expect(second.client.applicationProtocol == "http/1.1")
        #expect(SSL_CTX_ctrl(peers.server.pointer, SSL_CTRL_SESS_NUMBER, 0, nil) == 0)
        // A session may be used for several connections.
        let again = try Wire(peers.server, peers.client, session: session)
        try again.run()
        #expect(again.server.isResumed)
        // Another server's tickets mean nothing: a full handshake follows.
        let other = try TLSContext(TLSConfiguration(certificates: [peers.certificate]))
        let third = try Wire(other, peers.client, session: session)
        try third.run()
        #expect(!third.server.isResumed)
    }
}
