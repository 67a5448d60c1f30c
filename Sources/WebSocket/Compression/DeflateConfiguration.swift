// SPDX-License-Identifier: Apache-2.0

/// How an endpoint takes part in permessage-deflate (RFC 7692).
///
/// The defaults are chosen for memory: no message refers to an earlier one, so the connections of an event loop share
/// their zlib contexts, and a broadcast is compressed once for all of them. Chatter of small alike messages becomes
/// smaller with contexts kept, at some 40 KiB a connection.
public struct DeflateConfiguration: Hashable, Sendable {
    /// Whether the server forgets each message that it has compressed. Default true.
    public let serverNoContextTakeover: Bool
    /// Whether the client is told to forget each message that it has compressed. Default true.
    public let clientNoContextTakeover: Bool
    /// The largest window of the server's compressor, 8...15 bits; default 12 (4 KiB). Larger windows help with large
    /// messages and cost four times their size.
    public let serverMaxWindowBits: Int
    /// The largest window that a client which can limit it is asked for, 8...15 bits; default 12 (4 KiB).
    public let clientMaxWindowBits: Int
    /// From 1 (fast) to 9 (small), as zlib counts; default 1.
    public let level: Int
    /// The compressor's tables, from 1 (1 KiB) to 9 (256 KiB), as zlib counts; default 5 (16 KiB).
    public let memoryLevel: Int
    /// Messages below this many bytes go as they are; default 256. Alone they hardly become smaller.
    public let threshold: Int

    /// The defaults unless told otherwise; values out of range count as the nearest one.
    public init(
        serverNoContextTakeover: Bool = true, clientNoContextTakeover: Bool = true, serverMaxWindowBits: Int = 12,
        clientMaxWindowBits: Int = 12, level: Int = 1, memoryLevel: Int = 5, threshold: Int = 256
    ) {
        self.serverNoContextTakeover = serverNoContextTakeover
        self.clientNoContextTakeover = clientNoContextTakeover
        self.serverMaxWindowBits = serverMaxWindowBits.clamped(to: DeflateParameters.windowBits)
        self.clientMaxWindowBits = clientMaxWindowBits.clamped(to: DeflateParameters.windowBits)
        self.level = level.clamped(to: 1...9)
        self.memoryLevel = memoryLevel.clamped(to: 1...9)
        self.threshold = max(0, threshold)
    }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
