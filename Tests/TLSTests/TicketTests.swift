// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Synchronization
import Testing

@testable import SluiceTLS

@Suite("Session tickets")
struct TicketTests {
    /// A clock that the test turns.
    private final class Seconds: Sendable {
        private let value = Atomic<Int64>(0)

        func now() -> Int64 { value.load(ordering: .relaxed) }
        func pass(_ seconds: Int64) { value.add(seconds, ordering: .relaxed) }
    }

    private let folder: TemporaryFolder
    private let configuration: TLSConfiguration
    private let certificate: TLSConfiguration.Certificate
    private let clock = Seconds()
    private let keys: TicketKeys

    init() throws {
        folder = try TemporaryFolder()
        certificate = try folder.write(try makeCertificate(), to: "server.pem")
        configuration = TLSConfiguration(certificates: [certificate])
        let clock = clock
        keys = TicketKeys(period: 100) { clock.now() }
    }

    private func client(_ version: Int32 = TLS1_3_VERSION, as own: TLSConfiguration.Certificate? = nil) throws
        -> TLSContext
    {
        let client = try TLSContext.client(trust: .file(certificate.chainFile), certificate: own)
        copenssl_CTX_set_max_proto_version(client.pointer, version)
        return client
    }

    /// A handshake, and what the next one can resume.
    private func connect(
        _ server: TLSContext, _ client: TLSContext, _ session: TLSSession? = nil
    ) throws -> (isResumed: Bool, session: TLSSession?) {
        let wire = try Wire(server, client, session: session)
        try wire.run()
        return (wire.server.isResumed, wire.client.session)
    }

    @Test("RFC 5077 §5.5: a key seals for one period, opens for one more, and is forgotten")
    func rotation() {
        let first = keys.sealingKey()
        func opens(_ key: TicketKeys.Key) -> Bool? {
            key.name.withUnsafeBufferPointer { keys.openingKey(named: $0)?.isSealing }
        }
        clock.pass(99)
        #expect(keys.sealingKey().name == first.name && opens(first) == true)
        clock.pass(1)
        let second = keys.sealingKey()
        #expect(second.name != first.name && opens(second) == true && opens(first) == false)
        clock.pass(100)
        #expect(keys.sealingKey().name != second.name && opens(second) == false && opens(first) == nil)
        // Where nobody came for two periods, nothing old is left.
        let third = keys.sealingKey()
        clock.pass(200)
        #expect(opens(third) == nil)
    }

    @Test("a ticket is good for its life and is renewed by a new key", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func renewal(version: Int32) throws {
        let server = try TLSContext(configuration, ticketKeys: keys)
        let client = try client(version)
        let first = try connect(server, client)
        #expect(!first.isResumed)
        clock.pass(150)
        let second = try connect(server, client, first.session)
        #expect(second.isResumed)
        clock.pass(100)
        // The first one's key is forgotten by now, that of the renewed one opens.
        #expect(try connect(server, client, second.session).isResumed)
        #expect(try !connect(server, client, first.session).isResumed)
    }

    @Test("a context that replaces another resumes its sessions", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func reload(version: Int32) throws {
        let store = try TLSContextStore(configuration, ticketKeys: keys)
        let client = try client(version)
        let first = try connect(store.current, client)
        try store.reload()
        #expect(try connect(store.current, client, first.session).isResumed)
        // A server of its own does not.
        #expect(try !connect(TLSContext(configuration), client, first.session).isResumed)
    }

    @Test(
        "a client that was verified by others, or not at all, is verified again",
        arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func otherAuthorities(version: Int32) throws {
        let (one, other) = (
            try makeCertificate("one", names: "", isAuthority: true),
            try makeCertificate("other", names: "", isAuthority: true)
        )
        let alice = try folder.write(try makeCertificate("alice", issuer: one), to: "alice.pem")
        var asked = configuration
        asked.clientAuthentication = .require
        asked.clientCAFile = try folder.write(one, to: "one.pem").chainFile
        let client = try client(version, as: alice)
        let before = try connect(TLSContext(configuration, ticketKeys: keys), client)
        #expect(try !connect(TLSContext(asked, ticketKeys: keys), client, before.session).isResumed)
        let verified = try connect(TLSContext(asked, ticketKeys: keys), client)
        #expect(try connect(TLSContext(asked, ticketKeys: keys), client, verified.session).isResumed)
        asked.clientCAFile = try folder.write(other, to: "other.pem").chainFile
        let refusing = try TLSContext(asked, ticketKeys: keys)
        #expect(throws: TLSError.self) { try connect(refusing, client, verified.session) }
    }
}
