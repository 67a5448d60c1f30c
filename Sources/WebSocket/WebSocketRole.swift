// SPDX-License-Identifier: Apache-2.0

/// Which end of a WebSocket connection this is: masking differs by direction (RFC 6455 §5.1).
public enum WebSocketRole: Hashable, Sendable {
    /// Accepts the handshake; receives masked frames and sends unmasked ones.
    case server
    /// Opens the handshake; receives unmasked frames and sends masked ones.
    case client
}
