// SPDX-License-Identifier: Apache-2.0

/// What carries a WebSocket where that is not the socket itself.
protocol WebSocketTunnel: AnyObject {
    /// Bytes that were written and have not reached the socket.
    var bufferedBytes: Int { get }
}
