// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOEmbedded
import SluiceCore
import SluiceTesting
import Testing

@testable import SluiceServer

/// A host on an event loop that runs when it is told to, and one connection after the other whose bytes are damaged.
final class FuzzedHost {
    let loop = EmbeddedEventLoop()
    let host: ApplicationHost

    init() {
        var configuration = ServerConfiguration()
        #if HTTP2
        configuration.http2.priorKnowledge = true
        #endif
        configuration.applicationCloseTimeout = 1
        configuration.webSocket.maxMessageSize = 5_000
        configuration.webSocket.maxFrameSize = 5_000
        let router = ProtocolTypeRouter(
            http: echo.application(for: HTTP.self), webSocket: echoing.application(for: WebSocket.self))
        host = ApplicationHost(router: router, configuration: configuration)
    }

    /// Runs a connection over these bytes to its end.
    ///
    /// - Returns: what the client was sent.
    func serve(_ pieces: [[UInt8]]) throws -> ByteBuffer {
        let channel = EmbeddedChannel(loop: loop)
        try host.addHandlers(to: channel)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        var out = ByteBuffer()
        func take() throws {
            while var bytes = try channel.readOutbound(as: ByteBuffer.self) { out.writeBuffer(&bytes) }
        }
        for piece in pieces where channel.isActive {
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: piece))
            channel.pipeline.fireChannelReadComplete()
            loop.run()
            try take()
        }
        // Nothing more comes: time-outs, closing handshakes and cancelled tasks run their course.
        loop.advanceTime(by: .seconds(90))
        try take()
        _ = try? channel.finish(acceptAlreadyClosed: true)
        loop.advanceTime(by: .seconds(5))
        return out
    }

    /// Calls for a moment, as other tests wait for events meanwhile, or for as long as `SLUICE_FUZZ_SECONDS` says, with other seeds then.
    static func forSomeTime(_ body: (inout SeededGenerator, _ seed: UInt64) throws -> Void) rethrows {
        let setting = ProcessInfo.processInfo.environment["SLUICE_FUZZ_SECONDS"].flatMap(Double.init)
        let end = ContinuousClock.now + .seconds(setting ?? 0.2)
        var seed = setting == nil ? 0 : UInt64.random(in: .min ... .max)
        repeat {
            var random = SeededGenerator(seed: seed)
            try body(&random, seed)
            seed &+= 1
        } while ContinuousClock.now < end
    }
}

extension SeededGenerator {
    /// Changes a few bytes.
    mutating func damage(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 0...4, using: &self) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 1: bytes[index] = UInt8.random(in: .min ... .max, using: &self)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(UInt8.random(in: .min ... .max, using: &self), at: index)
            default:
                let end = min(bytes.count, index + Int.random(in: 1...40, using: &self))
                let part = Array(bytes[index..<end])
                bytes.insert(contentsOf: part, at: Int.random(in: 0...bytes.count, using: &self))
            }
        }
    }

    /// Cuts bytes into pieces.
    mutating func cut(_ bytes: [UInt8]) -> [[UInt8]] {
        let longest = [bytes.count, 300, 20][Int.random(in: 0..<3, using: &self)]
        var (pieces, rest): ([[UInt8]], ArraySlice<UInt8>) = ([], bytes[...])
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...max(1, longest), using: &self))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}
