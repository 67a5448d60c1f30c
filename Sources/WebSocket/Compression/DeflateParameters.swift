// SPDX-License-Identifier: Apache-2.0

/// The parameters of permessage-deflate that both ends have agreed on (RFC 7692 §7.1).
public struct DeflateParameters: Hashable, Sendable {
    /// Whether the server compresses each message by itself, so that nobody keeps what came before (§7.1.1.1).
    public var serverNoContextTakeover: Bool
    /// Whether the client compresses each message by itself (§7.1.1.2).
    public var clientNoContextTakeover: Bool
    /// How far back the server's messages refer: 2 to the power of this many bytes, 8...15 (§7.1.2.1).
    public var serverMaxWindowBits: Int
    /// How far back the client's messages refer: 2 to the power of this many bytes, 8...15 (§7.1.2.2).
    public var clientMaxWindowBits: Int

    /// What an offer without parameters means: contexts are kept and windows have 32 KiB.
    public init(
        serverNoContextTakeover: Bool = false, clientNoContextTakeover: Bool = false, serverMaxWindowBits: Int = 15,
        clientMaxWindowBits: Int = 15
    ) {
        self.serverNoContextTakeover = serverNoContextTakeover
        self.clientNoContextTakeover = clientNoContextTakeover
        self.serverMaxWindowBits = serverMaxWindowBits
        self.clientMaxWindowBits = clientMaxWindowBits
    }

    /// The sizes that a window may have (§7.1.2).
    static let windowBits = 8...15

    /// Whether that end compresses each message by itself.
    func noContextTakeover(_ role: WebSocketRole) -> Bool {
        role == .server ? serverNoContextTakeover : clientNoContextTakeover
    }

    /// The window of what that end compresses.
    func maxWindowBits(_ role: WebSocketRole) -> Int {
        role == .server ? serverMaxWindowBits : clientMaxWindowBits
    }
}
