// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import SluiceTLS

@Suite("Engine: client certificates")
struct ClientAuthenticationTests {
    private let folder: TemporaryFolder
    private let authority: TLSConfiguration.Certificate
    private let server: TLSConfiguration.Certificate
    private let alice: TLSConfiguration.Certificate
    private let stranger: TLSConfiguration.Certificate

    init() throws {
        folder = try TemporaryFolder()
        let root = try makeCertificate("root", names: "", isAuthority: true)
        authority = try folder.write(root, to: "ca.pem")
        server = try folder.write(makeCertificate(), to: "server.pem")
        let own = try makeCertificate("ålice", names: "DNS:alice.test,IP:10.0.0.1", issuer: root)
        alice = TLSConfiguration.Certificate(
            chainFile: try folder.write(own.certificatePEM + root.certificatePEM + own.keyPEM, to: "alice.pem"))
        stranger = try folder.write(makeCertificate("stranger"), to: "stranger.pem")
    }

    private func wire(
        _ mode: TLSConfiguration.ClientAuthentication, _ certificate: TLSConfiguration.Certificate?
    ) throws -> Wire {
        var configuration = TLSConfiguration(certificates: [server])
        configuration.clientAuthentication = mode
        configuration.clientCAFile = authority.chainFile
        let client = try TLSContext.client(trust: .file(server.chainFile), certificate: certificate)
        return try Wire(TLSContext(configuration), client)
    }

    @Test(
        "Asked or required, a good certificate is verified and readable, leaf first",
        arguments: [
            TLSConfiguration.ClientAuthentication.request, .require,
        ])
    func good(mode: TLSConfiguration.ClientAuthentication) throws {
        let wire = try wire(mode, alice)
        try wire.run()
        let chain = wire.server.peerCertificates
        #expect(chain.map(\.subject) == ["CN=ålice", "CN=root"])
        #expect(chain[0].dnsNames == ["alice.test"])
        #expect(chain[0].addresses == [[10, 0, 0, 1]])
        #expect(chain[0].pem.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        #expect(chain[0].pem.hasSuffix("-----END CERTIFICATE-----\n"))
    }

    @Test("Asked, a client without a certificate is let in; required, it is not")
    func missing() throws {
        let asked = try wire(.request, nil)
        try asked.run()
        #expect(asked.server.state == .established)
        #expect(asked.server.peerCertificates.isEmpty)
        let required = try wire(.require, nil)
        #expect { try required.run() } throws: { ($0 as? TLSError)?.code == .certificateRejected }
        #expect(required.server.state == .failed)
    }

    @Test("A certificate of a stranger is refused in both modes; not asked, none is shown")
    func bad() throws {
        for mode in [TLSConfiguration.ClientAuthentication.request, .require] {
            let wire = try wire(mode, stranger)
            #expect { try wire.run() } throws: { ($0 as? TLSError)?.code == .certificateRejected }
            #expect(wire.server.state == .failed)
        }
        let notAsked = try wire(.none, alice)
        try notAsked.run()
        #expect(notAsked.server.peerCertificates.isEmpty)
    }

    @Test("A resumed session still knows whose it is")
    func resumed() throws {
        var configuration = TLSConfiguration(certificates: [server])
        configuration.clientAuthentication = .require
        configuration.clientCAFile = authority.chainFile
        let context = try TLSContext(configuration)
        let client = try TLSContext.client(trust: .file(server.chainFile), certificate: alice)
        let first = try Wire(context, client)
        try first.run()
        let session = try #require(first.client.session)
        let second = try Wire(context, client, session: session)
        try second.run()
        #expect(second.server.isResumed)
        #expect(second.server.peerCertificates.first?.subject == "CN=ålice")
    }
}
