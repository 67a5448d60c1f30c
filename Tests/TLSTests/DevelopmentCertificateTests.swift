// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SluiceTLS

@Suite("Development certificate")
struct DevelopmentCertificateTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file(".data/deep/localhost.pem")
    }

    private func contents() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test("A client that trusts the file verifies localhost, 127.0.0.1 and ::1, and no other name")
    func verified() throws {
        let pair = try DevelopmentCertificate.ensure(at: path)
        let server = try TLSContext(TLSConfiguration(certificates: [pair]))
        let client = try TLSContext.client(trust: .file(path))
        for name in ["localhost", "127.0.0.1", "::1"] {
            let wire = try Wire(server, client, name: name)
            try wire.run()
            #expect(wire.client.state == .established, "\(name)")
        }
        let wrong = try Wire(server, client, name: "example.org")
        #expect { try wrong.run() } throws: { ($0 as? TLSError)?.code == .certificateRejected }
        let certificate = try #require(PEMFile(path: path).certificates().first)
        #expect(TLSCertificate(certificate).addresses == [[127, 0, 0, 1], Array(repeating: 0, count: 15) + [1]])
    }

    @Test("One file, for the owner alone, in folders for the owner alone, and nothing beside it")
    func files() throws {
        let pair = try DevelopmentCertificate.ensure(at: path)
        #expect(pair == .init(chainFile: path, keyFile: path))
        #expect(try mode(path) == 0o600)
        #expect(try mode(folder.file(".data")) == 0o700)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file(".data/deep")) == ["localhost.pem"])
    }

    @Test("Kept while it is valid, for a day at least; made again when it ends, at most 365 days from the start")
    func renewal() throws {
        let start: Int64 = 1_750_000_000
        _ = try DevelopmentCertificate.ensure(at: path, now: start)
        let first = try contents()
        let certificate = try #require(PEMFile(path: path).certificates().first)
        #expect(certificate.validity(now: start) == .valid)
        #expect(certificate.validity(now: start + 365 * 86_400) == .expired)
        _ = try DevelopmentCertificate.ensure(at: path, now: start + 363 * 86_400)
        #expect(try contents() == first)
        _ = try DevelopmentCertificate.ensure(at: path, now: start + 364 * 86_400)
        #expect(try contents() != first)
    }

    @Test(
        "Broken files are replaced",
        arguments: ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func broken(text: String) throws {
        let pair = try DevelopmentCertificate.ensure(at: path)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        #expect(try DevelopmentCertificate.ensure(at: path) == pair)
        _ = try TLSContext(TLSConfiguration(certificates: [pair]))
    }

    @Test("A key of another certificate in the file is found too")
    func mismatched() throws {
        _ = try DevelopmentCertificate.ensure(at: path)
        let mixed = try makeCertificate().certificatePEM + makeCertificate().keyPEM
        try Data(mixed.utf8).write(to: URL(fileURLWithPath: path))
        let pair = try DevelopmentCertificate.ensure(at: path)
        _ = try TLSContext(TLSConfiguration(certificates: [pair]))
    }

    @Test("Made by many at once, all get the same")
    func race() async throws {
        let path = path
        let contents = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    _ = try DevelopmentCertificate.ensure(at: path)
                    return try String(contentsOfFile: path, encoding: .utf8)
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(contents.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file(".data/deep")) == ["localhost.pem"])
    }

    @Test("A path that cannot be written is an error with the path")
    func unwritable() throws {
        let file = try folder.write("x", to: "file")
        #expect { try DevelopmentCertificate.ensure(at: file + "/sub/localhost.pem") } throws: {
            ($0 as? TLSError)?.code == .fileInaccessible && "\($0)".hasPrefix(file)
        }
    }
}
