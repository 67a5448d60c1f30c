// SPDX-License-Identifier: Apache-2.0

/// Why a WebSocket connection ends (RFC 6455 §7.4 and the IANA registry "WebSocket Close Code Number").
public struct CloseCode: RawRepresentable, Hashable, Sendable {
    /// The number as it stands in a close frame.
    public let rawValue: UInt16

    /// Any number, also one that must not be sent: see ``isValidOnWire``.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// 1000: the purpose of the connection is fulfilled.
    public static let normalClosure = CloseCode(rawValue: 1000)
    /// 1001: the server goes down or the user left the page.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// 1002: the peer broke the protocol.
    public static let protocolError = CloseCode(rawValue: 1002)
    /// 1003: a kind of data that this endpoint does not take (binary where only text is understood).
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// 1005: the close frame had no code. Never on the wire.
    public static let noStatus = CloseCode(rawValue: 1005)
    /// 1006: the connection was lost without a close frame. Never on the wire.
    public static let abnormalClosure = CloseCode(rawValue: 1006)
    /// 1007: data that does not fit its type, such as text that is not UTF-8.
    public static let invalidPayload = CloseCode(rawValue: 1007)
    /// 1008: a policy of the endpoint was violated, and no other code fits.
    public static let policyViolation = CloseCode(rawValue: 1008)
    /// 1009: a message too big to be processed.
    public static let messageTooBig = CloseCode(rawValue: 1009)
    /// 1010: the server did not negotiate an extension that the client needs.
    public static let mandatoryExtension = CloseCode(rawValue: 1010)
    /// 1011: the server met an unexpected condition.
    public static let internalError = CloseCode(rawValue: 1011)
    /// 1012: the service restarts; come back after a random delay.
    public static let serviceRestart = CloseCode(rawValue: 1012)
    /// 1013: the service is overloaded; try again later or elsewhere.
    public static let tryAgainLater = CloseCode(rawValue: 1013)
    /// 1014: a gateway received an invalid answer from the server behind it.
    public static let badGateway = CloseCode(rawValue: 1014)
    /// 1015: the TLS handshake failed. Never on the wire.
    public static let tlsHandshake = CloseCode(rawValue: 1015)

    /// A code of the application's own: 4000 + `offset`, where `offset` is 0...999; nil beyond (RFC 6455 §7.4.2).
    public static func application(_ offset: UInt16) -> CloseCode? {
        offset < 1000 ? CloseCode(rawValue: 4000 + offset) : nil
    }

    /// Whether a close frame may carry this code: 1000...1003, 1007...1014 and 3000...4999. The rest is reserved for
    /// local use (1005, 1006, 1015), without a meaning (1004), or not assigned (RFC 6455 §7.4).
    public var isValidOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

extension CloseCode: CustomStringConvertible {
    /// The number in decimal.
    public var description: String { String(rawValue) }
}
