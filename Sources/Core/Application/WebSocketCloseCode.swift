// SPDX-License-Identifier: Apache-2.0

/// A WebSocket close code (RFC 6455 §7.4, IANA's registry; 4000–4999 belong to applications).
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// The code as on the wire.
    public let rawValue: UInt16

    /// Any code; whether a peer may send it is checked where it is sent.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// A code as a number: `close(code: 4001)`.
    public init(integerLiteral value: UInt16) {
        self.rawValue = value
    }

    /// 1000: the purpose was fulfilled.
    public static let normal: Self = 1000
    /// 1001: a browser leaves the page, or a server goes away.
    public static let goingAway: Self = 1001
    /// 1002: the peer broke the protocol.
    public static let protocolError: Self = 1002
    /// 1003: a kind of data that the endpoint does not take.
    public static let unsupportedData: Self = 1003
    /// 1005: the peer's close frame carried no code. Never sent.
    public static let noStatus: Self = 1005
    /// 1006: the connection ended without a close frame. Never sent.
    public static let abnormal: Self = 1006
    /// 1007: data that does not fit its kind, such as text that is not UTF-8.
    public static let invalidPayload: Self = 1007
    /// 1008: the peer broke a rule of the application.
    public static let policyViolation: Self = 1008
    /// 1009: a message over the limit.
    public static let messageTooBig: Self = 1009
    /// 1011: the application failed.
    public static let internalError: Self = 1011
    /// 1012: the server restarts; clients come back.
    public static let serviceRestart: Self = 1012
    /// 1013: the server is overloaded, or the client did not read what it was sent.
    public static let tryAgainLater: Self = 1013

    /// Whether an application may close a connection with this code (RFC 6455 §7.4.1 and §7.4.2).
    public var isSendable: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
