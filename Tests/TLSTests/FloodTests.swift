// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore
import Testing

@testable import SluiceTLS

@Suite("Engine: messages of TLS itself without end")
struct FloodTests {
    private static let peers = Result { try Peers() }

    /// The client's next request for new keys, on the wire.
    private func keyUpdate(_ wire: Wire, _ kind: Int32) -> ByteBuffer? {
        SSL_key_update(wire.client.ssl, kind)
        SSL_do_handshake(wire.client.ssl)
        return wire.client.takeOutput()
    }

    @Test(
        "RFC 8446 §4.6.3: new keys may be asked for often, but not without end and without data",
        arguments: [SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED])
    func keyUpdates(kind: Int32) throws {
        let wire = try Wire(Self.peers.get())
        try wire.run()
        func update() throws {
            try wire.server.receive(try #require(keyUpdate(wire, kind)))
            if let answer = wire.server.takeOutput() { try wire.client.receive(answer) }
        }
        // Data between is forgiveness: this client changes its keys often, and talks.
        for round in 0..<3 {
            for _ in 0..<10 { try update() }
            try wire.client.send("data \(round)")
            try wire.server.send("answer")
            try wire.run()
            #expect(wire.server.takeText() == "data \(round)")
        }
        var taken = 0
        let error = #expect(throws: TLSError.self) {
            while taken < 1_000 {
                try update()
                taken += 1
            }
        }
        #expect(error?.code == .protocolViolation && (10..<60).contains(taken))
        #expect(wire.server.state == .failed)
    }

    @Test("thousands in one read are not worked through")
    func oneRead() throws {
        let wire = try Wire(Self.peers.get())
        try wire.run()
        var flood = ByteBuffer()
        for _ in 0..<2_000 { flood.writeImmutableBuffer(try #require(keyUpdate(wire, SSL_KEY_UPDATE_REQUESTED))) }
        #expect(throws: TLSError.self) { try wire.server.receive(flood) }
        // One answer has some 27 bytes.
        #expect(wire.server.outputByteCount < 40 * 27)
    }

    @Test("RFC 5246 §7.2.2: a request to renegotiate is answered with a warning, and nothing else")
    func renegotiations() throws {
        let client = try TLSContext.client(trust: .unverified)
        copenssl_CTX_set_max_proto_version(client.pointer, TLS1_2_VERSION)
        SSL_CTX_clear_options(client.pointer, copenssl_client_options)
        let wire = try Wire(Self.peers.get().server, client)
        try wire.run()
        // A hello without an end: each of its records is a new request to a server that does not want any.
        SSL_renegotiate(wire.client.ssl)
        SSL_do_handshake(wire.client.ssl)
        let hello = try #require(wire.client.takeOutput())
        #expect(hello.readableBytes > 0)
        try wire.server.receive(hello)
        #expect(wire.server.state == .established)
        #expect(try #require(wire.server.takeOutput()).readableBytes < 100)
    }
}
