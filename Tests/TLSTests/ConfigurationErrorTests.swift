// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Foundation
import Testing

@testable import SluiceTLS

@Suite("Configuration errors: one line that names the file and the cause")
struct ConfigurationErrorTests {
    private let folder: TemporaryFolder
    private let good: CertificateBuilder.Pair
    private let certificate: String
    private let key: String

    init() throws {
        folder = try TemporaryFolder()
        good = try makeCertificate()
        certificate = try folder.write(good.certificatePEM, to: "cert.pem")
        key = try folder.write(good.keyPEM, to: "key.pem")
    }

    private func expect(
        _ code: TLSError.Code, _ message: String, chain: String? = nil, key: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let pair = TLSConfiguration.Certificate(chainFile: chain ?? certificate, keyFile: key ?? self.key)
        let error = #expect(throws: TLSError.self, sourceLocation: sourceLocation) {
            try TLSContext(TLSConfiguration(certificates: [pair]))
        }
        #expect(error?.code == code, sourceLocation: sourceLocation)
        #expect(error?.message == message, sourceLocation: sourceLocation)
        #expect("\(error.map { "\($0)" } ?? "")" == message, sourceLocation: sourceLocation)
    }

    @Test("The pair without a fault is accepted, in two files and in one, with its chain")
    func accepted() throws {
        _ = try TLSContext(TLSConfiguration(certificates: [.init(chainFile: certificate, keyFile: key)]))
        let both = try folder.write(good.keyPEM + good.certificatePEM + good.certificatePEM, to: "both.pem")
        _ = try TLSContext(TLSConfiguration(certificates: [.init(chainFile: both)]))
    }

    @Test("No certificate at all")
    func none() {
        #expect { try TLSContext(TLSConfiguration(certificates: [])) } throws: {
            ($0 as? TLSError)?.code == .noCertificate
        }
    }

    @Test("A missing file")
    func missing() {
        let path = folder.file("missing.pem")
        expect(.fileNotFound, "\(path): no such file", chain: path)
        expect(.fileNotFound, "\(path): no such file", key: path)
    }

    @Test("A file that cannot be read")
    func unreadable() throws {
        expect(.fileInaccessible, "\(folder.path): cannot be read (Is a directory)", chain: folder.path)
        let below = certificate + "/x.pem"
        expect(.fileInaccessible, "\(below): cannot be read (Not a directory)", key: below)
        // To root every file is readable, so this part shows something to other users only.
        if getuid() != 0 {
            let secret = try folder.write(good.keyPEM, to: "secret.pem")
            chmod(secret, 0)
            expect(.fileInaccessible, "\(secret): cannot be read (Permission denied)", key: secret)
        }
    }

    @Test("An empty file, and one without end")
    func sizes() throws {
        let empty = try folder.write("", to: "empty.pem")
        expect(.fileEmpty, "\(empty): the file is empty", chain: empty)
        expect(.fileEmpty, "\(empty): the file is empty", key: empty)
        expect(.notPEM, "/dev/zero: larger than 1 MiB; expected a PEM file", chain: "/dev/zero")
    }

    @Test("Files that are not PEM, or hold something else")
    func notPEM() throws {
        let text = try folder.write("hello\n", to: "text.pem")
        let noCertificate = "no certificate found; expected PEM (-----BEGIN CERTIFICATE-----)"
        let noKey = "no private key found; expected PEM (-----BEGIN PRIVATE KEY-----)"
        expect(.notPEM, "\(text): \(noCertificate)", chain: text)
        expect(.notPEM, "\(text): \(noKey)", key: text)
        expect(.notPEM, "\(key): \(noCertificate)", chain: key)
        expect(.notPEM, "\(certificate): \(noKey)", key: certificate)
    }

    @Test("Damaged PEM: cut off, or a changed byte")
    func damaged() throws {
        let cut = try folder.write(String(good.certificatePEM.dropLast(60)), to: "cut.pem")
        expect(.notPEM, "\(cut): certificate 1 in the file is damaged (bad end line)", chain: cut)
        let second = try folder.write(good.certificatePEM + good.certificatePEM.dropLast(60), to: "second.pem")
        expect(.notPEM, "\(second): certificate 2 in the file is damaged (bad end line)", chain: second)
        let letters = try folder.write(
            good.certificatePEM.replacingOccurrences(of: "MI", with: "!!"), to: "letters.pem")
        expect(.notPEM, "\(letters): certificate 1 in the file is damaged (bad base64 decode)", chain: letters)
        let cutKey = try folder.write(String(good.keyPEM.dropLast(40)), to: "cutkey.pem")
        expect(.notPEM, "\(cutKey): the private key is damaged or of an unknown kind", key: cutKey)
        let nonsense = "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n"
        let badKey = try folder.write(nonsense, to: "badkey.pem")
        expect(.notPEM, "\(badKey): the private key is damaged or of an unknown kind", key: badKey)
    }

    @Test("An expired certificate and one that is not valid yet, with the time")
    func validity() throws {
        let past = try makeCertificate(from: 1_500_000_000, to: 1_600_000_000)
        let expired = try folder.write(past, to: "expired.pem").chainFile
        expect(
            .certificateExpired, "\(expired): the certificate expired on Sep 13 12:26:40 2020 GMT", chain: expired,
            key: expired)
        let future = try makeCertificate(from: 4_000_000_000, to: 4_000_000_100)
        let early = try folder.write(future, to: "early.pem").chainFile
        expect(
            .certificateNotYetValid, "\(early): the certificate is not valid before Oct  2 07:06:40 2096 GMT",
            chain: early, key: early)
    }

    @Test("A key of another certificate, of the same kind and of another kind")
    func mismatch() throws {
        let other = try folder.write(makeCertificate().keyPEM, to: "other.pem")
        expect(
            .keyMismatch, "\(other): the private key does not belong to the certificate in \(certificate)", key: other)
        let rsa = try folder.write(Self.rsaKeyPEM(bits: 2048), to: "rsa.pem")
        expect(.keyMismatch, "\(rsa): the private key does not belong to the certificate in \(certificate)", key: rsa)
    }

    @Test("An encrypted key: no question on the terminal, but an error")
    func encrypted() throws {
        let pem = withMemoryBIO {
            PEM_write_bio_PKCS8PrivateKey($0, good.key.pointer, EVP_aes_256_cbc(), "pass", 4, nil, nil)
        }
        #expect(pem.contains("ENCRYPTED"))
        let path = try folder.write(pem, to: "encrypted.pem")
        let message =
            "\(path): the private key is encrypted; write it without a password (openssl pkey -in … -out …)"
        expect(.keyEncrypted, message, key: path)
        // The older form, encrypted inside PEM.
        let old = withMemoryBIO {
            PEM_write_bio_PrivateKey_traditional(
                $0, good.key.pointer, EVP_aes_256_cbc(), Array("pass".utf8), 4, nil, nil)
        }
        #expect(old.contains("DEK-Info"))
        try folder.write(old, to: "encrypted.pem")
        expect(.keyEncrypted, message, key: path)
    }

    @Test("The second pair is checked as the first is")
    func second() {
        let pairs = [certificate, folder.file("missing.pem")].map {
            TLSConfiguration.Certificate(chainFile: $0, keyFile: key)
        }
        #expect { try TLSContext(TLSConfiguration(certificates: pairs)) } throws: {
            ($0 as? TLSError)?.message == "\(folder.file("missing.pem")): no such file"
        }
    }

    @Test("Client authentication without authorities, or with a bad file of them")
    func authorities() {
        var configuration = TLSConfiguration(certificates: [.init(chainFile: certificate, keyFile: key)])
        configuration.clientAuthentication = .require
        #expect { try TLSContext(configuration) } throws: {
            ($0 as? TLSError)?.message == "to verify client certificates a file with their authorities is needed"
        }
        configuration.clientCAFile = key
        #expect { try TLSContext(configuration) } throws: {
            ($0 as? TLSError)?.message
                == "\(key): no certificate found; expected PEM (-----BEGIN CERTIFICATE-----)"
        }
    }

    @Test("RFC 7301 §3.1: a protocol name of no or too many bytes")
    func protocols() {
        for name in ["", String(repeating: "x", count: 256)] {
            var configuration = TLSConfiguration(certificates: [.init(chainFile: certificate, keyFile: key)])
            configuration.applicationProtocols = [name]
            #expect { try TLSContext(configuration) } throws: { ($0 as? TLSError)?.code == .invalidConfiguration }
        }
    }

    @Test("A client's trust file is checked the same way")
    func trust() {
        #expect { try TLSContext.client(trust: .file("/nowhere.pem")) } throws: {
            ($0 as? TLSError)?.message == "/nowhere.pem: no such file"
        }
    }

    private static func rsaKeyPEM(bits: UInt32) -> String {
        let context = EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
        defer { EVP_PKEY_CTX_free(context) }
        EVP_PKEY_keygen_init(context)
        EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits))
        var key: OpaquePointer?
        EVP_PKEY_generate(context, &key)
        defer { EVP_PKEY_free(key) }
        return withMemoryBIO { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }
}
