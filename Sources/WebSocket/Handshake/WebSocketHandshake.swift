// SPDX-License-Identifier: Apache-2.0

/// The opening handshake over HTTP/1.1 (RFC 6455 §4), as pure functions over header fields.
public enum WebSocketHandshake {
    /// Header fields in order, as pairs; names are compared without regard to case.
    public typealias Header = (name: String, value: String)

    /// The one version of the protocol (RFC 6455 §4.1).
    static let version = "13"

    /// The value of `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key` (RFC 6455 §4.2.2).
    public static func accept(forKey key: String) -> String {
        Base64.encode(SHA1.digest("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
    }

    /// A new random `Sec-WebSocket-Key`: base64 of 16 bytes (RFC 6455 §4.1).
    public static func makeKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64.encode((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// Whether a request asks for a switch to WebSocket at all: `Upgrade` names websocket and `Connection` names
    /// upgrade. Whether it may is decided by ``validate(method:httpMinorVersion:headers:)``.
    public static func isRequested(by headers: some Sequence<Header>) -> Bool {
        let fields = HeaderFields(headers)
        return fields.lists("upgrade", "websocket") && fields.lists("connection", "upgrade")
    }
}
