// SPDX-License-Identifier: Apache-2.0

/// What carries a WebSocket where that is not the socket itself.
protocol WebSocketTunnel: AnyObject {
    /// Bytes that were written and have not reached the socket.
    var bufferedBytes: Int { get }
    /// Whether more may be written, as far as what it shares its socket with goes. That it has room again is told by
    /// `channelWritabilityChanged`.
    var hasRoom: Bool { get }
}

extension WebSocketConnection {
    /// Whether the client keeps up: what stands before it here is within the budget of one client.
    func takesMore(_ isChannelWritable: Bool) -> Bool {
        isChannelWritable && tunnel?.hasRoom ?? true
    }
}
