// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The zlib contexts that the connections of one event loop share: made on first use, since most of them never need one.
///
/// A message that refers to no other one borrows a context for as long as it is on its way, so that a thousand idle
/// connections have none. Not safe to be used by several threads at once.
public final class DeflateContexts {
    /// What its compressors are made with.
    public let configuration: DeflateConfiguration

    private var deflaters: [Int: Deflater] = [:]
    private var inflaters: [Inflater] = []
    private var scratch = ByteBuffer()

    /// How many decompressors wait for the next message; more are in use only while messages arrive in pieces.
    private static let maxIdleInflaters = 4
    /// The largest buffer that is kept for the next message.
    private static let maxIdleScratch = 64 << 10

    /// No contexts yet.
    public init(configuration: DeflateConfiguration) {
        self.configuration = configuration
    }

    /// A connection's extension, if a client offers it, and the value of the response's `Sec-WebSocket-Extensions`.
    ///
    /// - Parameter offers: ``WebSocketHandshake/Request/extensions``.
    public func accept(_ offers: [String]) -> (deflate: PerMessageDeflate, header: String)? {
        guard !offers.isEmpty, let (parameters, header) = configuration.answer(to: offers) else { return nil }
        return (PerMessageDeflate(role: .server, parameters: parameters, contexts: self), header)
    }

    /// A new compressor; nil when there is no memory.
    func makeDeflater(_ windowBits: Int) -> Deflater? {
        Deflater(windowBits: windowBits, level: configuration.level, memoryLevel: configuration.memoryLevel)
    }

    /// The compressor of messages that refer to no other one; nil when there is no memory.
    func deflater(_ windowBits: Int) -> Deflater? {
        let windowBits = Deflater.windowBits(for: windowBits)
        if let deflater = deflaters[windowBits] { return deflater }
        let deflater = makeDeflater(windowBits)
        deflaters[windowBits] = deflater
        return deflater
    }

    /// A decompressor without a context; nil when there is no memory.
    func takeInflater(_ windowBits: Int) -> Inflater? {
        let needed = Inflater.windowBits(for: windowBits)
        guard let index = inflaters.firstIndex(where: { $0.windowBits >= needed }) else {
            return Inflater(windowBits: needed)
        }
        return inflaters.remove(at: index)
    }

    /// Takes a decompressor back between two messages.
    func giveBack(_ inflater: Inflater) {
        guard inflaters.count < Self.maxIdleInflaters else { return }
        inflater.reset()
        inflaters.append(inflater)
    }

    /// Runs `body` with an empty buffer whose storage serves again and again, as long as nobody keeps it.
    func withScratch(_ body: (inout ByteBuffer) -> Bool) -> ByteBuffer? {
        var out = scratch
        scratch = ByteBuffer()
        out.clear()
        let isUsed = body(&out)
        if out.storageCapacity <= Self.maxIdleScratch { scratch = out }
        return isUsed ? out : nil
    }

    /// How many contexts wait here to be used.
    var idleCount: Int { deflaters.count + inflaters.count }
}
