// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import NIOCore
public import SluiceCore

/// How a WebSocket handshake was answered.
public struct WebSocketAnswer: Sendable, Hashable {
    /// 101 when the connection was accepted.
    public var status: HTTPResponse.Status
    /// The subprotocol that was chosen.
    public var subprotocol: String?
    /// The response's header fields; from a communicator only those that the application gave.
    public var headers: HTTPFields = [:]
    /// The body of a refusal.
    public var body = ByteBuffer()
    /// The code with which an application closed instead of accepting (its client sees 403); `nil` from real servers.
    public var closeCode: WebSocketCloseCode?

    /// Whether the connection is open.
    public var isAccepted: Bool { status == .switchingProtocols }
    /// The body as text.
    public var text: String { String(buffer: body) }
}

/// A close as the client sees it.
public struct WebSocketClose: Sendable, Hashable, CustomStringConvertible {
    /// The code; 1005 for an empty close frame, 1006 when there was none.
    public var code: WebSocketCloseCode
    /// The reason; empty for none.
    public var reason: String

    /// A close.
    public init(code: WebSocketCloseCode, reason: String = "") {
        self.code = code
        self.reason = reason
    }

    /// `close 4001 'too many'`.
    public var description: String { "close \(code.rawValue)" + (reason.isEmpty ? "" : " '\(reason)'") }
}
