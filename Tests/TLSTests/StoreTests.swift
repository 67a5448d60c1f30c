// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SluiceTLS

@Suite("Certificates whose files change")
struct StoreTests {
    private let folder: TemporaryFolder
    private let (old, new): (CertificateBuilder.Pair, CertificateBuilder.Pair)
    private let store: TLSContextStore

    init() throws {
        folder = try TemporaryFolder()
        old = try makeCertificate("old")
        new = try makeCertificate("new")
        let chain = try folder.write(old.certificatePEM, to: "chain.pem")
        let key = try folder.write(old.keyPEM, to: "key.pem")
        store = try TLSContextStore(TLSConfiguration(certificates: [.init(chainFile: chain, keyFile: key)]))
    }

    /// The certificate that a new connection gets.
    private func shown() throws -> String {
        let wire = try Wire(store.current, .client(trust: .unverified))
        try wire.run()
        return try #require(wire.client.peerCertificates.first).subject
    }

    @Test("nothing is loaded where nothing has changed")
    func unchanged() throws {
        let context = store.current
        #expect(try !store.reloadIfChanged())
        #expect(store.current === context)
    }

    @Test("certificate and key are written one after the other: no error in between, then the new pair")
    func pair() throws {
        try folder.write(new.certificatePEM, to: "chain.pem")
        #expect(try !store.reloadIfChanged())
        #expect(try shown() == "CN=old")
        try folder.write(new.keyPEM, to: "key.pem")
        #expect(try store.reloadIfChanged())
        #expect(try shown() == "CN=new")
        #expect(try !store.reloadIfChanged())
    }

    @Test("an error that stays is told once, and the old certificate serves on")
    func broken() throws {
        try folder.write("nonsense\n", to: "chain.pem")
        #expect(try !store.reloadIfChanged())
        let error = #expect(throws: TLSError.self) { try store.reloadIfChanged() }
        #expect(error?.code == .notPEM && error?.message.hasPrefix(folder.file("chain.pem") + ": ") == true)
        #expect(try !store.reloadIfChanged())
        #expect(throws: TLSError.self) { try store.reload() }
        #expect(try !store.reloadIfChanged())
        #expect(try shown() == "CN=old")
        // Another error is told again.
        try FileManager.default.removeItem(atPath: folder.file("chain.pem"))
        #expect(try !store.reloadIfChanged())
        #expect(throws: TLSError.self) { try store.reloadIfChanged() }
        // What was there before is a change too, from the broken one.
        try folder.write(old.certificatePEM, to: "chain.pem")
        #expect(try store.reloadIfChanged())
        #expect(try shown() == "CN=old")
    }

    @Test("a link that is swung to other files is a change")
    func link() throws {
        for (name, pair) in [("1", old), ("2", new)] {
            _ = try folder.write(pair, to: "\(name).pem")
        }
        let link = folder.file("live.pem")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.file("1.pem"))
        let store = try TLSContextStore(TLSConfiguration(certificates: [.init(chainFile: link)]))
        #expect(try !store.reloadIfChanged())
        try FileManager.default.createSymbolicLink(atPath: link + ".new", withDestinationPath: folder.file("2.pem"))
        #expect(rename(link + ".new", link) == 0)
        #expect(try store.reloadIfChanged())
        let wire = try Wire(store.current, .client(trust: .unverified))
        try wire.run()
        #expect(wire.client.peerCertificates.first?.subject == "CN=new")
        #expect(wire.server.serverCertificate == new.certificatePEM)
    }
}
