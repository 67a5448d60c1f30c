// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Foundation
import NIOCore
import NIOEmbedded
import SluiceTesting
import Testing

@testable import SluiceTLS

/// Conversations of a client with the handler, damaged from some byte on: for a second by default, or for as long as
/// `SLUICE_FUZZ_SECONDS` says. Keys differ in each run, so a seed tells what was done and not which bytes it met.
@Suite("Fuzzing of the TLS handler")
struct TLSFuzzTests {
    /// What a handshake and the answers to a damaged one come to at most, in bytes.
    private static let handshakeBytes = 16_384

    @Test("Damaged handshakes and records: no crash, no byte that the client did not send, an end in time")
    func damaged() throws {
        let setting = ProcessInfo.processInfo.environment["SLUICE_FUZZ_SECONDS"].flatMap(Double.init)
        let end = ContinuousClock.now + .seconds(setting ?? 1)
        let (tls13, tls12) = (try Peers(), try Peers())
        copenssl_CTX_set_max_proto_version(tls12.client.pointer, TLS1_2_VERSION)
        // The same each time, unless there is time for others.
        var seed = setting == nil ? 0 : UInt64.random(in: .min ... .max)
        repeat {
            try check(seed, seed % 2 == 0 ? tls13 : tls12)
            seed &+= 1
        } while ContinuousClock.now < end
    }

    private func check(_ seed: UInt64, _ peers: Peers) throws {
        var random = SeededGenerator(seed: seed)
        let server = try Side(TLSHandler(peers.server))
        try server.activate()
        let client = try TLSEngine(peers.client, serverName: "localhost")
        // Damage within the first message, within the rest of the handshake, or behind it.
        var intact = Int.random(
            in: 0...(random.next() % 3 == 0 ? 300 : random.next() % 2 == 0 ? 600 : 2_000), using: &random)
        var sent = ""
        try? client.start()
        for _ in 0..<40 where server.channel.isActive {
            if client.state == .established, Bool.random(using: &random) {
                let text = String(repeating: "abc", count: Int.random(in: 0...100, using: &random))
                if (try? client.write(ByteBuffer(string: text))) != nil { sent += text }
            }
            var bytes = client.takeOutput().map { Array($0.readableBytesView) } ?? []
            if bytes.count > intact { Self.damage(&bytes, from: intact, &random) }
            intact -= bytes.count
            intact = max(0, intact)
            for piece in Self.cut(bytes, &random) where server.channel.isActive {
                server.channel.pipeline.fireChannelRead(ByteBuffer(bytes: piece))
                server.channel.pipeline.fireChannelReadComplete()
            }
            while let answer = try server.channel.readOutbound(as: ByteBuffer.self) { try? client.receive(answer) }
        }
        #expect(server.socket.writes.reduce(0, +) <= Self.handshakeBytes, "seed \(seed)")
        var received = ""
        for item in server.recorder.items {
            if case .read(let text) = item { received += text }
        }
        #expect(sent.hasPrefix(received), "seed \(seed)")
        let isSecured = server.recorder.items.contains {
            if case .handshake = $0 { true } else { false }
        }
        #expect(received.isEmpty || isSecured, "seed \(seed)")
        // The client has gone silent: a handshake that is not done is cut.
        server.channel.embeddedEventLoop.advanceTime(by: .seconds(11))
        #expect(!server.channel.isActive || server.tls.engine.state == .established, "seed \(seed)")
        _ = try? server.channel.finish(acceptAlreadyClosed: true)
    }

    private static func damage(_ bytes: inout [UInt8], from start: Int, _ random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &random) where start < bytes.count {
            let index = Int.random(in: start..<bytes.count, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
            case 2: bytes.remove(at: index)
            case 3: bytes.removeSubrange(index...)
            case 4:
                // A record of another kind: change_cipher_spec, alert, handshake, data, unknown.
                let kind = UInt8.random(in: 20...25, using: &random)
                let count = Int.random(in: 0...20, using: &random)
                let content = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
                bytes.insert(contentsOf: [kind, 3, 3, 0, UInt8(count)] + content, at: index)
            case 5:
                let end = min(bytes.count, index + Int.random(in: 1...200, using: &random))
                bytes.insert(contentsOf: Array(bytes[index..<end]), at: Int.random(in: start...index, using: &random))
            default:
                let noise = (0..<Int.random(in: 1...100, using: &random)).map { _ in
                    UInt8.random(in: .min ... .max, using: &random)
                }
                bytes.insert(contentsOf: noise, at: index)
            }
        }
    }

    private static func cut(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
        guard Bool.random(using: &random) else { return bytes.isEmpty ? [] : [bytes] }
        var (pieces, rest): ([[UInt8]], ArraySlice<UInt8>) = ([], bytes[...])
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...200, using: &random))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}
