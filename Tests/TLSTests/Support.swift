// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import Synchronization
import Testing

@testable import SluiceTLS

/// A folder of its own, removed at the end of the test; one that a static holds, at the end of the process.
final class TemporaryFolder: Sendable {
    private static let paths: Mutex<Set<String>> = {
        atexit { TemporaryFolder.removeAll() }
        return Mutex([])
    }()

    private static func removeAll() {
        for path in paths.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
    }

    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "sluice-tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        _ = Self.paths.withLock { $0.insert(path) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
        _ = Self.paths.withLock { $0.remove(path) }
    }

    func file(_ name: String) -> String { path + "/" + name }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    /// Writes certificate and key to one file.
    func write(_ pair: CertificateBuilder.Pair, to name: String) throws -> TLSConfiguration.Certificate {
        TLSConfiguration.Certificate(chainFile: try write(pair.certificatePEM + pair.keyPEM, to: name))
    }
}

let now = Int64(Date().timeIntervalSince1970)

/// A certificate for the names, valid from yesterday until tomorrow.
func makeCertificate(
    _ commonName: String = "localhost", names: String = "DNS:localhost,IP:127.0.0.1",
    issuer: CertificateBuilder.Pair? = nil,
    isAuthority: Bool = false, from notBefore: Int64 = now - 86_400, to notAfter: Int64 = now + 86_400
) throws -> CertificateBuilder.Pair {
    try CertificateBuilder(
        commonName: commonName, alternativeNames: names, notBefore: notBefore, notAfter: notAfter,
        isAuthority: isAuthority
    ).make(issuer: issuer)
}

/// A certificate in a file and contexts for both sides.
struct Peers: Sendable {
    let folder: TemporaryFolder
    let certificate: TLSConfiguration.Certificate
    let server: TLSContext
    let client: TLSContext

    init(
        serverProtocols: [String] = ["http/1.1"], clientProtocols: [String] = [], minimumVersion: TLSVersion = .tls12
    ) throws {
        folder = try TemporaryFolder()
        certificate = try folder.write(try makeCertificate(), to: "server.pem")
        var configuration = TLSConfiguration(certificates: [certificate])
        configuration.applicationProtocols = serverProtocols
        configuration.minimumVersion = minimumVersion
        server = try TLSContext(configuration)
        client = try .client(
            trust: .file(certificate.chainFile), applicationProtocols: clientProtocols, minimumVersion: minimumVersion)
    }
}

/// Two engines and the wire between them.
struct Wire {
    let server: TLSEngine
    let client: TLSEngine

    init(_ server: TLSContext, _ client: TLSContext, name: String? = "localhost", session: TLSSession? = nil) throws {
        self.server = try TLSEngine(server)
        self.client = try TLSEngine(client, serverName: name, resuming: session)
    }

    init(_ peers: Peers) throws { try self.init(peers.server, peers.client) }

    /// Carries ciphertext both ways until nobody has any more. An error is kept for both sides to have their say.
    func run() throws {
        var failure: (any Error)?
        do { try client.start() } catch { failure = error }
        while true {
            let fromClient = client.takeOutput()
            let fromServer = server.takeOutput()
            if fromClient == nil && fromServer == nil { break }
            do { if let fromClient { try server.receive(fromClient) } } catch { failure = failure ?? error }
            do { if let fromServer { try client.receive(fromServer) } } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}

extension TLSEngine {
    func send(_ text: String) throws { try write(ByteBuffer(string: text)) }

    func takeText() -> String? { takePlaintext().map { String(buffer: $0) } }
}
