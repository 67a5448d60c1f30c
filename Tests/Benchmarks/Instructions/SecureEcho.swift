// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOEmbedded
import SluiceCore
import SluiceServer
import SluiceTLS

/// An echo through TLS on both sides.
struct SecureEcho {
    private let bench: Bench
    private let client: TLSEngine
    private let channel: EmbeddedChannel

    init(_ bench: Bench) throws {
        self.bench = bench
        let folder = NSTemporaryDirectory() + "sluice-instructions"
        let pair = try DevelopmentCertificate.ensure(at: folder + "/localhost.pem")
        let server = try TLSContext(TLSConfiguration(certificates: [pair]))
        channel = try bench.open(behind: TLSHandler(server))
        client = try TLSEngine(.client(trust: .file(pair.chainFile)), serverName: "localhost")
        try client.start()
        while client.state == .handshaking { try turn() }
        try send(Bench.handshake("/echo"))
    }

    func run(_ count: Int) throws {
        let frame = Bench.frame("0123456789abcdef")
        for _ in 0..<count { try send(frame) }
    }

    private func send(_ plaintext: ByteBuffer) throws {
        try client.write(plaintext)
        while client.outputByteCount > 0 { try turn() }
        guard client.takePlaintext() != nil else { throw SendError(.connectionClosed, "there is no answer") }
    }

    private func turn() throws {
        let answer = try bench.exchange(client.takeOutput() ?? ByteBuffer(), with: channel)
        if answer.readableBytes > 0 { try client.receive(answer) }
    }
}
