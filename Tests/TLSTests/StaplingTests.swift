// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Foundation
import Testing

@testable import SluiceTLS

@Suite("OCSP stapling")
struct StaplingTests {
    private let folder: TemporaryFolder
    private let authority: CertificateBuilder.Pair
    private let leaf: CertificateBuilder.Pair
    private let certificate: TLSConfiguration.Certificate

    init() throws {
        folder = try TemporaryFolder()
        authority = try makeCertificate("CA", names: "", isAuthority: true)
        leaf = try makeCertificate(issuer: authority)
        try folder.write(authority.certificatePEM, to: "ca.pem")
        certificate = try folder.write(leaf, to: "server.pem")
    }

    /// A response of the authority in a file.
    private func response(
        _ name: String = "status.der", status: Int32 = V_OCSP_CERTSTATUS_GOOD, until end: Int64 = now + 3_600,
        of subject: CertificateBuilder.Pair? = nil, result: Int32 = OCSP_RESPONSE_STATUS_SUCCESSFUL
    ) throws -> String {
        let basic = OCSP_BASICRESP_new()
        defer { OCSP_BASICRESP_free(basic) }
        let id = OCSP_cert_to_id(EVP_sha1(), (subject ?? leaf).certificate.pointer, authority.certificate.pointer)
        defer { OCSP_CERTID_free(id) }
        let (from, to) = (ASN1_TIME_set(nil, time_t(now - 60)), ASN1_TIME_set(nil, time_t(end)))
        defer {
            ASN1_TIME_free(from)
            ASN1_TIME_free(to)
        }
        let revoked = status == V_OCSP_CERTSTATUS_REVOKED ? from : nil
        try #require(OCSP_basic_add1_status(basic, id, status, 0, revoked, from, to) != nil)
        try #require(
            OCSP_basic_sign(basic, authority.certificate.pointer, authority.key.pointer, EVP_sha256(), nil, 0) == 1)
        let response = OCSP_response_create(result, basic)
        defer { OCSP_RESPONSE_free(response) }
        var bytes = [UInt8](repeating: 0, count: Int(i2d_OCSP_RESPONSE(response, nil)))
        bytes.withUnsafeMutableBufferPointer { buffer in
            var start = buffer.baseAddress
            i2d_OCSP_RESPONSE(response, &start)
        }
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
        return folder.file(name)
    }

    private func store(_ file: String) throws -> TLSContextStore {
        var certificate = certificate
        certificate.statusFile = file
        return try TLSContextStore(TLSConfiguration(certificates: [certificate]))
    }

    /// What a client is shown.
    private func shown(_ server: TLSContext, asking: Bool = true, maximum: Int32 = TLS1_3_VERSION) throws -> Data? {
        let client = try TLSContext.client(trust: .file(folder.file("ca.pem")))
        copenssl_CTX_set_max_proto_version(client.pointer, maximum)
        let wire = try Wire(server, client)
        if asking { copenssl_ask_for_status(wire.client.ssl) }
        try wire.run()
        #expect(wire.client.state == .established)
        var start: UnsafePointer<UInt8>?
        let count = copenssl_get_status_response(wire.client.ssl, &start)
        guard let start, count > 0 else { return nil }
        return Data(bytes: start, count: count)
    }

    @Test(
        "RFC 6066 §8, RFC 8446 §4.4.2.1: clients that ask get the response",
        arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func stapled(version: Int32) throws {
        let file = try response()
        let server = try store(file).current
        #expect(try shown(server, maximum: version) == Data(contentsOf: URL(fileURLWithPath: file)))
        #expect(try shown(server, asking: false, maximum: version) == nil)
    }

    @Test("RFC 6960 §3.2: a response whose time is over is not shown; a new file is loaded")
    func renewed() throws {
        let store = try store(try response(until: now - 30))
        #expect(try shown(store.current) == nil)
        let file = try response()
        #expect(try store.reloadIfChanged())
        #expect(try shown(store.current) == Data(contentsOf: URL(fileURLWithPath: file)))
        // One that is damaged changes nothing.
        try folder.write("damaged", to: "status.der")
        #expect(throws: TLSError.self) { try store.reload() }
        #expect(try shown(store.current) != nil)
    }

    @Test("by SNI each certificate has its own")
    func byName() throws {
        let other = try makeCertificate("other", names: "DNS:other.example", issuer: authority)
        let pair = try folder.write(other, to: "other.pem")
        var own = certificate
        own.statusFile = try response()
        let server = try TLSContext(TLSConfiguration(certificates: [pair, own]))
        #expect(try shown(server) == Data(contentsOf: URL(fileURLWithPath: folder.file("status.der"))))
    }

    @Test("what is no response for this certificate is refused, and the file is named")
    func refused() throws {
        let other = try makeCertificate("other", issuer: authority)
        let files = [
            (try folder.write("no response", to: "text"), "not an OCSP response"),
            (try response("other", of: other), "another certificate"),
            (try response("revoked", status: V_OCSP_CERTSTATUS_REVOKED), "revoked"),
            (try response("later", result: OCSP_RESPONSE_STATUS_TRYLATER), "not a successful one"),
            (folder.file("missing"), "no such file"),
        ]
        for (file, cause) in files {
            #expect { _ = try store(file) } throws: { error in
                let message = (error as? TLSError)?.message ?? ""
                return message.hasPrefix(file) && message.contains(cause)
            }
        }
    }
}
