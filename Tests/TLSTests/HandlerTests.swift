// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore
import NIOEmbedded
import Testing

@testable import SluiceTLS

@Suite("Handler in an embedded channel")
struct HandlerTests {
    private static let peers = Result { try Peers(clientProtocols: ["http/1.1"]) }

    private func pair(connected: Bool = true) throws -> EmbeddedPair {
        try EmbeddedPair(Self.peers.get(), connected: connected)
    }

    @Test("The handshake's event comes on both sides before data, with the protocol")
    func handshake() throws {
        let pair = try pair()
        pair.client.write("hello")
        pair.client.channel.flush()
        pair.run()
        #expect(pair.server.recorder.items == [.active, .handshake(alpn: "http/1.1"), .read("hello")])
        #expect(pair.client.recorder.items == [.active, .handshake(alpn: "http/1.1")])
    }

    @Test("Added to a channel that is active already, it begins at once")
    func lateAdd() throws {
        let peers = try Self.peers.get()
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try channel.pipeline.syncOperations.addHandler(TLSHandler(peers.client, serverName: "localhost"))
        let hello = try channel.readOutbound(as: ByteBuffer.self)
        #expect(hello?.getInteger(at: 0, as: UInt8.self) == 22)
        _ = try channel.finish()
    }

    @Test("Writes wait for flush and go out as one record in one write; every promise is kept")
    func coalescing() throws {
        let pair = try pair()
        let before = pair.server.socket.writes.count
        let flushes = pair.server.socket.flushes
        var kept = 0
        for text in ["a", "bc", "", "def"] {
            let promise = pair.server.channel.eventLoop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenSuccess { kept += 1 }
            pair.server.write(text, promise: promise)
        }
        pair.server.write("no promise")
        #expect(pair.server.socket.writes.count == before)
        #expect(kept == 0)
        pair.server.channel.flush()
        #expect(Array(pair.server.socket.writes.dropFirst(before)) == [38])
        #expect(pair.server.socket.flushes == flushes + 1)
        #expect(kept == 4)
        pair.server.write("not flushed")
        pair.run()
        #expect(pair.client.recorder.items.last == .read("abcdefno promise"))
    }

    @Test("Records are full: many small writes make as few as possible; large ones are not joined")
    func fullRecords() throws {
        let pair = try pair()
        let before = pair.server.socket.writes.count
        for _ in 0..<100 { pair.server.write(String(repeating: "x", count: 500)) }
        pair.server.channel.flush()
        // 32 × 500 fit into 16,384.
        #expect(Array(pair.server.socket.writes.dropFirst(before)) == [50_088])
        let middle = pair.server.socket.writes.count
        pair.server.write("small")
        pair.server.write(String(repeating: "y", count: 300_000))
        pair.server.channel.flush()
        let sizes = pair.server.socket.writes.dropFirst(middle)
        let total = 300_005 + 20 * 22
        #expect(sizes.reduce(0, +) == total)
        #expect(sizes.allSatisfy { $0 < 70_000 })
    }

    @Test("A promise of a write in several portions is kept after the last, also when that is exactly full")
    func chunkedPromise() throws {
        let pair = try pair()
        for size in [0, 65_536, 131_072, 200_000] {
            let promise = pair.server.channel.eventLoop.makePromise(of: Void.self)
            pair.server.write(String(repeating: "z", count: size), promise: promise)
            pair.server.channel.flush()
            try promise.futureResult.wait()
        }
    }

    @Test("All records of one read arrive in one channelRead")
    func oneRead() throws {
        let pair = try pair()
        for text in ["one ", "two ", "three"] {
            pair.client.write(text)
            pair.client.channel.flush()
        }
        var all = ByteBuffer()
        while var part = try pair.client.channel.readOutbound(as: ByteBuffer.self) { all.writeBuffer(&part) }
        pair.server.channel.pipeline.fireChannelRead(all)
        #expect(pair.server.recorder.items.last == .read("one two three"))
    }

    @Test("Writes before the handshake wait for it; the rest is in order")
    func earlyWrites() throws {
        let pair = try pair(connected: false)
        pair.client.write("early ")
        pair.client.channel.flush()
        pair.client.write("unflushed ")
        try pair.server.activate()
        try pair.client.activate()
        pair.run()
        #expect(pair.server.recorder.items.last == .read("early "))
        pair.client.channel.flush()
        pair.run()
        #expect(pair.server.recorder.items.last == .read("unflushed "))
    }

    @Test("Writing, flushing and closing from within channelRead and the handshake's event")
    func reentrancy() throws {
        let pair = try pair(connected: false)
        pair.server.recorder.onItem = { item, context in
            switch item {
            case .handshake: context.writeAndFlush(NIOAny(ByteBuffer(string: "welcome ")), promise: nil)
            case .read(let text):
                context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
                context.close(promise: nil)
                context.writeAndFlush(NIOAny(ByteBuffer(string: "too late")), promise: nil)
            default: break
            }
        }
        try pair.server.activate()
        try pair.client.activate()
        pair.client.write("echo")
        pair.client.channel.flush()
        pair.run()
        let data = pair.client.recorder.items.compactMap { if case .read(let text) = $0 { text } else { nil } }
        #expect(data.joined() == "welcome echo")
        #expect(pair.server.recorder.items.last == .inactive)
        #expect(!pair.client.recorder.items.contains(.unclean))
        #expect(pair.client.recorder.items.last == .inactive)
    }

    @Test("close() sends close_notify first; the other side closes too; nobody sees a truncation")
    func close() throws {
        let pair = try pair()
        pair.client.write("bye")
        pair.client.channel.flush()
        let closed = pair.client.channel.close()
        pair.run()
        try closed.wait()
        #expect(pair.server.recorder.items.suffix(2) == [.read("bye"), .inactive])
        #expect(pair.client.recorder.items.last == .inactive)
        #expect(!pair.server.recorder.items.contains(.unclean))
        #expect(!pair.client.recorder.items.contains(.unclean))
    }

    @Test("close() waits for a peer that does not read 5 s, or until the second close()", arguments: [false, true])
    func stuckClose(twice: Bool) throws {
        let pair = try pair()
        pair.server.socket.isStuck = true
        let closed = pair.server.channel.close()
        #expect(pair.server.channel.isActive)
        // What the peer still sends is read and thrown away.
        pair.client.write("late")
        pair.client.channel.flush()
        pair.run()
        #expect(pair.server.recorder.items.last == .handshake(alpn: "http/1.1"))
        if twice {
            try pair.server.channel.close().wait()
        } else {
            pair.server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(4_999))
            #expect(pair.server.channel.isActive)
            pair.server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        }
        try closed.wait()
        #expect(!pair.server.channel.isActive)
        pair.run()
        #expect(pair.server.recorder.items.last == .inactive)
        #expect(!pair.server.recorder.items.contains(.unclean))
    }

    @Test("A close that waits is kept when the channel ends by itself, or by a broken record in the same read")
    func interruptedClose() throws {
        let gone = try pair()
        gone.server.socket.isStuck = true
        let first = gone.server.channel.close()
        gone.server.channel.pipeline.fireChannelInactive()
        try first.wait()

        let broken = try pair()
        broken.server.socket.isStuck = true
        let second = broken.server.channel.eventLoop.makePromise(of: Void.self)
        broken.server.recorder.onItem = { item, context in
            if item == .read("good") { context.close(promise: second) }
        }
        broken.client.write("good")
        broken.client.channel.flush()
        var bytes = try #require(try broken.client.channel.readOutbound(as: ByteBuffer.self))
        bytes.writeBytes([23, 3, 3, 0, 30] + [UInt8](repeating: 0, count: 30))
        broken.server.channel.pipeline.fireChannelRead(bytes)
        try second.futureResult.wait()
        // Who has closed is no longer told of errors.
        #expect(broken.server.recorder.items.suffix(2) == [.read("good"), .inactive])
    }

    @Test("Unflushed writes and writes after close fail")
    func failedWrites() throws {
        let pair = try pair()
        let unflushed = pair.client.channel.eventLoop.makePromise(of: Void.self)
        pair.client.write("x", promise: unflushed)
        pair.client.channel.close(promise: nil)
        #expect(throws: ChannelError.ioOnClosedChannel) { try unflushed.futureResult.wait() }
        #expect(throws: ChannelError.ioOnClosedChannel) {
            try pair.client.channel.writeAndFlush(ByteBuffer(string: "y")).wait()
        }
    }

    @Test("The end of the stream without close_notify is told, then the channel's end")
    func truncation() throws {
        let pair = try pair()
        pair.server.channel.pipeline.fireChannelInactive()
        #expect(pair.server.recorder.items.suffix(2) == [.unclean, .inactive])
    }

    @Test("The end of the stream within the handshake is an error")
    func truncatedHandshake() throws {
        let pair = try pair(connected: false)
        try pair.server.activate()
        pair.server.channel.pipeline.fireChannelInactive()
        #expect(pair.server.recorder.items == [.active, .error(.handshakeFailed), .inactive])
    }

    @Test("A handshake that is not done in time closes the channel; one that is done stops the clock")
    func timeout() throws {
        let slow = try pair(connected: false)
        try slow.server.activate()
        slow.server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(9_999))
        #expect(slow.server.channel.isActive)
        slow.server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(slow.server.recorder.items == [.active, .error(.handshakeTimeout), .inactive])
        let done = try pair()
        done.server.channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(done.server.channel.isActive)
    }

    @Test("A failed handshake: the alert is sent, the error told, writes fail, the channel closes")
    func failure() throws {
        let pair = try pair(connected: false)
        try pair.server.activate()
        let write = pair.server.channel.writeAndFlush(ByteBuffer(string: "x"))
        pair.server.channel.pipeline.fireChannelRead(ByteBuffer(repeating: 0xAA, count: 20))
        pair.run()
        #expect(pair.server.recorder.items == [.active, .error(.handshakeFailed), .inactive])
        #expect { try write.wait() } throws: { ($0 as? TLSError)?.code == .handshakeFailed }
    }

    @Test(
        "A client that speaks plain HTTP is answered in plain HTTP, where an answer is given", arguments: [false, true])
    func plainHTTP(isAnswered: Bool) throws {
        let answer = isAnswered ? ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n") : nil
        let side = try Side(TLSHandler(Self.peers.get().server, plainAnswer: answer))
        try side.activate()
        side.channel.pipeline.fireChannelRead(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        #expect(try side.channel.readOutbound(as: ByteBuffer.self) == answer)
        #expect(side.recorder.items.contains(.error(.notEncrypted)) && !side.channel.isActive)
    }

    @Test("A broken record after good data: data, error, end")
    func brokenRecord() throws {
        let pair = try pair()
        pair.client.write("good")
        pair.client.channel.flush()
        var bytes = try #require(try pair.client.channel.readOutbound(as: ByteBuffer.self))
        bytes.writeBytes([23, 3, 3, 0, 30] + [UInt8](repeating: 0, count: 30))
        pair.server.channel.pipeline.fireChannelRead(bytes)
        pair.run()
        #expect(pair.server.recorder.items.suffix(3) == [.read("good"), .error(.protocolViolation), .inactive])
        #expect(pair.client.recorder.items.suffix(2) == [.error(.alertReceived), .inactive])
    }

    @Test("Half-closure: with the channel's option the other direction stays open", arguments: [false, true])
    func halfClosure(isAllowed: Bool) throws {
        let pair = try pair()
        try pair.server.channel.setOption(.allowRemoteHalfClosure, value: isAllowed).wait()
        pair.client.write("question")
        pair.client.channel.flush()
        pair.run()
        // Not by the channel: an embedded one has no halves.
        pair.client.tls.engine.closeOutput()
        pair.server.channel.pipeline.fireChannelRead(try #require(pair.client.tls.engine.takeOutput()))
        pair.run()
        #expect(pair.server.channel.isActive == isAllowed)
        guard isAllowed else {
            return #expect(pair.server.recorder.items.suffix(2) == [.read("question"), .inactive])
        }
        #expect(pair.server.recorder.items.suffix(2) == [.read("question"), .inputClosed])
        // The end of the TCP stream is no news then.
        pair.server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(pair.server.recorder.items.suffix(2) == [.read("question"), .inputClosed])
        pair.server.write("answer")
        pair.server.channel.flush()
        pair.server.channel.close(promise: nil)
        pair.run()
        #expect(pair.client.recorder.items.suffix(2) == [.read("answer"), .inactive])
        #expect(!pair.server.recorder.items.contains(.unclean))
    }

    @Test("After close(mode: .output) writing fails; before the handshake it waits for the end of that")
    func outputClosed() throws {
        let pair = try pair(connected: false)
        pair.client.write("all")
        pair.client.channel.flush()
        try pair.server.channel.setOption(.allowRemoteHalfClosure, value: true).wait()
        try pair.server.activate()
        try pair.client.activate()
        pair.client.channel.close(mode: .output, promise: nil)
        #expect(throws: ChannelError.outputClosed) {
            try pair.client.channel.writeAndFlush(ByteBuffer(string: "more")).wait()
        }
        pair.run()
        #expect(pair.server.recorder.items.suffix(2) == [.read("all"), .inputClosed])
    }

    @Test("Reading goes on by itself within the handshake and where a read brought no whole record")
    func reads() throws {
        let pair = try pair(connected: false)
        try pair.server.channel.setOption(.autoRead, value: false).wait()
        try pair.server.activate()
        #expect(pair.server.socket.reads == 1)
        try pair.client.activate()
        pair.run()
        pair.client.write("data")
        pair.client.channel.flush()
        var record = try #require(try pair.client.channel.readOutbound(as: ByteBuffer.self))
        let first = record.readSlice(length: 10)
        let half = try #require(first)
        let reads = pair.server.socket.reads
        pair.server.channel.read()
        #expect(pair.server.socket.reads == reads + 1)
        pair.server.channel.pipeline.fireChannelRead(half)
        pair.server.channel.pipeline.fireChannelReadComplete()
        #expect(pair.server.socket.reads == reads + 2)
        pair.server.channel.pipeline.fireChannelRead(record)
        pair.server.channel.pipeline.fireChannelReadComplete()
        #expect(pair.server.socket.reads == reads + 2)
        #expect(pair.server.recorder.items.last == .read("data"))
    }

    @Test("A peer that asks for new keys without end and reads nothing is cut off")
    func keyUpdateFlood() throws {
        let pair = try pair()
        pair.server.channel.isWritable = false
        for _ in 0..<1_000 where pair.server.channel.isActive {
            SSL_key_update(pair.client.tls.engine.ssl, SSL_KEY_UPDATE_REQUESTED)
            pair.client.write("x")
            pair.client.channel.flush()
            while let bytes = try pair.client.channel.readOutbound(as: ByteBuffer.self) {
                pair.server.channel.pipeline.fireChannelRead(bytes)
            }
        }
        #expect(pair.server.recorder.items.contains(.error(.peerNotReading)))
        #expect(!pair.server.channel.isActive)
    }
}
