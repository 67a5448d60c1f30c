// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore
import SluiceTesting
import Testing

@testable import SluiceTLS

@Suite("Engine: records")
struct RecordTests {
    @Test("what is held is told: part of a hello, part of a record, and nothing when all has been taken")
    func held() throws {
        let wire = try Wire(Peers())
        try wire.client.start()
        var hello = try #require(wire.client.takeOutput())
        let part = hello.readSlice(length: hello.readableBytes / 2) ?? ByteBuffer()
        try wire.server.receive(part)
        #expect(wire.server.heldBytes >= part.readableBytes)
        try wire.server.receive(hello)
        try wire.run()
        #expect(wire.server.state == .established && wire.server.heldBytes == 0)
        try wire.client.send(String(repeating: "x", count: 1_000))
        var record = try #require(wire.client.takeOutput())
        let last = try #require(record.getSlice(at: record.writerIndex - 1, length: 1))
        record.moveWriterIndex(to: record.writerIndex - 1)
        try wire.server.receive(record)
        #expect((1_000..<20_000).contains(wire.server.heldBytes))
        try wire.server.receive(last)
        #expect(wire.server.heldBytes == 1_000)
        #expect(wire.server.takeText()?.utf8.count == 1_000 && wire.server.heldBytes == 0)
    }

    @Test("Any cut of the stream gives the same plaintext", arguments: 1...20)
    func cuts(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let wire = try Wire(Peers())
        try wire.client.start()
        // The handshake too, in portions of at most 50 bytes.
        func carry(from: TLSEngine, to: TLSEngine, most: Int) throws -> Bool {
            guard var bytes = from.takeOutput() else { return false }
            while bytes.readableBytes > 0 {
                let count = min(bytes.readableBytes, Int.random(in: 1...most, using: &random))
                let slice = bytes.readSlice(length: count)
                let portion = try #require(slice)
                try to.receive(portion)
            }
            return true
        }
        var moved = true
        while moved {
            moved = try carry(from: wire.client, to: wire.server, most: 50)
            moved = try carry(from: wire.server, to: wire.client, most: 50) || moved
        }
        var sent: [UInt8] = []
        var received = ByteBuffer()
        for _ in 0..<20 {
            let size = Int.random(in: 0...60_000, using: &random)
            let data = [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: size)
            sent += data
            try wire.client.write(ByteBuffer(bytes: data))
            if Bool.random(using: &random) {
                _ = try carry(from: wire.client, to: wire.server, most: 20_000)
                if var part = wire.server.takePlaintext() { received.writeBuffer(&part) }
            }
        }
        _ = try carry(from: wire.client, to: wire.server, most: 100_000)
        if var part = wire.server.takePlaintext() { received.writeBuffer(&part) }
        #expect(received == ByteBuffer(bytes: sent))
    }

    @Test("RFC 8446 §5.1: records carry at most 16 KiB, and small overhead")
    func size() throws {
        let wire = try Wire(Peers())
        try wire.run()
        try wire.client.write(ByteBuffer(repeating: 7, count: 40_000))
        #expect(wire.client.outputByteCount == 40_000 + 3 * 22)
        try wire.client.write(ByteBuffer())
        #expect(wire.client.outputByteCount == 40_000 + 3 * 22)
        try wire.run()
        #expect(wire.server.takePlaintext()?.readableBytes == 40_000)
    }

    @Test("Random bytes instead of a handshake end in an error on either side, never in a crash", arguments: 1...200)
    func garbage(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let peers = try Self.peers.get()
        var bytes = (0..<Int.random(in: 1...600, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        // Half of them with a header that gets them further in.
        if seed.isMultiple(of: 2) { bytes = [22, 3, 1, 0, UInt8(min(bytes.count, 255))] + bytes }
        for engine in [try TLSEngine(peers.server), try TLSEngine(peers.client, serverName: "localhost")] {
            try engine.start()
            _ = engine.takeOutput()
            let failure = try #require(throws: TLSError.self) {
                try engine.receive(ByteBuffer(bytes: bytes))
                // A header that announces more than came: the rest decides.
                try engine.receive(ByteBuffer(repeating: 0xff, count: 70_000))
            }
            #expect(failure.code == .handshakeFailed)
            #expect(engine.state == .failed)
            #expect(throws: failure) { try engine.receive(ByteBuffer(bytes: [1])) }
            #expect { try engine.write(ByteBuffer(bytes: [1])) } throws: { ($0 as? TLSError)?.code == .handshakeFailed }
        }
    }

    private static let peers = Result { try Peers() }

    @Test(
        "An HTTP request to a TLS port is told apart, whatever its method",
        arguments: ["GET", "POST", "CONNECT", "OPTIONS", "DELETE", "PROPFIND"])
    func plainHTTP(method: String) throws {
        let engine = try TLSEngine(Self.peers.get().server)
        #expect { try engine.receive(ByteBuffer(string: "\(method) / HTTP/1.1\r\n\r\n")) } throws: {
            ($0 as? TLSError)?.code == .notEncrypted
        }
        #expect(engine.outputByteCount == 0)
    }

    @Test("RFC 8446 §6.2: what is no record at all gets an alert")
    func notEvenTLS() throws {
        let engine = try TLSEngine(Self.peers.get().server)
        #expect { try engine.receive(ByteBuffer(repeating: 0xAA, count: 300)) } throws: {
            ($0 as? TLSError)?.code == .handshakeFailed
        }
        #expect(engine.takeOutput() == ByteBuffer(bytes: [21, 3, 1, 0, 2, 2, 70]))
    }

    @Test("A changed byte in any record ends the connection; what came before it is still given", arguments: 1...40)
    func tampering(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let wire = try Wire(Self.peers.get())
        try wire.run()
        try wire.client.send("good")
        let good = try #require(wire.client.takeOutput())
        try wire.client.send("changed")
        var bad = try #require(wire.client.takeOutput())
        let index = Int.random(in: 5..<bad.readableBytes, using: &random)
        let byte = try #require(bad.getInteger(at: index, as: UInt8.self))
        bad.setInteger(byte ^ UInt8.random(in: 1...255, using: &random), at: index)
        var both = ByteBuffer(buffer: good)
        both.writeBuffer(&bad)
        #expect { try wire.server.receive(both) } throws: { ($0 as? TLSError)?.code == .protocolViolation }
        #expect(wire.server.takeText() == "good")
        #expect(wire.server.state == .failed)
        #expect { try wire.run() } throws: { ($0 as? TLSError)?.code == .alertReceived }
    }

    @Test("Of a record that never ends at most its announced size is kept, and too large a one is refused at once")
    func unfinished() throws {
        let wire = try Wire(Peers())
        try wire.run()
        try wire.server.receive(ByteBuffer(bytes: [23, 3, 3, 0x40, 0]))
        for _ in 0..<1_000 { try wire.server.receive(ByteBuffer(repeating: 0, count: 16)) }
        #expect(wire.server.takePlaintext() == nil)
        #expect(wire.server.takeOutput() == nil)
        #expect { try wire.server.receive(ByteBuffer(repeating: 0, count: 16_384)) } throws: {
            ($0 as? TLSError)?.code == .protocolViolation
        }
        let other = try Wire(Peers())
        try other.run()
        #expect { try other.server.receive(ByteBuffer(bytes: [23, 3, 3, 0xff, 0xff])) } throws: {
            ($0 as? TLSError)?.code == .protocolViolation
        }
    }

    @Test(
        "RFC 8446 §6.1: close_notify ends one direction; the other goes on; then it ends too", arguments: [false, true])
    func closeNotify(fromServer: Bool) throws {
        let wire = try Wire(Peers())
        try wire.run()
        let (first, second) = fromServer ? (wire.server, wire.client) : (wire.client, wire.server)
        try first.send("last words")
        first.closeOutput()
        first.closeOutput()
        #expect(first.isOutputClosed)
        #expect { try first.send("more") } throws: { ($0 as? TLSError)?.code == .notWritable }
        try wire.run()
        #expect(second.takeText() == "last words")
        #expect(second.isInputClosed)
        #expect(!second.isOutputClosed)
        // After close_notify nothing counts any more.
        try second.receive(ByteBuffer(string: "garbage"))
        try second.send("answer")
        second.closeOutput()
        try wire.run()
        #expect(first.takeText() == "answer")
        #expect(first.isInputClosed)
        #expect(first.state == .established)
    }

    @Test("Writing before the handshake is done is refused, closing is without effect")
    func early() throws {
        let wire = try Wire(Peers())
        #expect { try wire.client.send("early") } throws: { ($0 as? TLSError)?.code == .notWritable }
        wire.client.closeOutput()
        #expect(!wire.client.isOutputClosed)
        try wire.run()
        #expect(wire.client.state == .established)
    }

    @Test("RFC 8446 §4.6.3: new keys on request in the middle of data")
    func keyUpdate() throws {
        let wire = try Wire(Peers())
        try wire.run()
        for round in 0..<5 {
            SSL_key_update(wire.client.ssl, SSL_KEY_UPDATE_REQUESTED)
            try wire.client.send("before \(round)")
            try wire.server.send("answer \(round)")
            try wire.run()
            #expect(wire.server.takeText() == "before \(round)")
            #expect(wire.client.takeText() == "answer \(round)")
        }
    }

    @Test("RFC 5246 §7.2.2: a client that asks to renegotiate TLS 1.2 gets no second handshake")
    func renegotiation() throws {
        let peers = try Peers()
        let client = try TLSContext.client(trust: .unverified)
        copenssl_CTX_set_max_proto_version(client.pointer, TLS1_2_VERSION)
        SSL_CTX_clear_options(client.pointer, copenssl_client_options)
        let wire = try Wire(peers.server, client)
        try wire.run()
        SSL_renegotiate(wire.client.ssl)
        SSL_do_handshake(wire.client.ssl)
        #expect(wire.client.outputByteCount > 0)
        // The server answers with the warning no_renegotiation, the client decides.
        #expect(throws: TLSError.self) { try wire.run() }
        #expect(wire.server.state == .established || wire.server.state == .failed)
    }
}
