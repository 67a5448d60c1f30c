// SPDX-License-Identifier: Apache-2.0

/// A limit that clients have come up against, for ``ServerStatistics/limits``.
public struct ServerLimit: Sendable, Hashable, CustomStringConvertible {
    enum Value: Int, CaseIterable {
        case connections, connectionsPerAddress, connectRate, requestsPerUser, bytes, descriptors
        case requestSize, requestTime, messageRate, messageTime
    }

    let value: Value

    /// Its name, such as `connections`.
    public var description: String { "\(value)" }

    /// `ConnectionLimits.total`: a connection was refused.
    public static let connections = Self(value: .connections)
    /// `ConnectionLimits.perAddress`: a connection was refused.
    public static let connectionsPerAddress = Self(value: .connectionsPerAddress)
    /// `ConnectionLimits.connectRate`: a connection was refused.
    public static let connectRate = Self(value: .connectRate)
    /// `ConnectionLimits.perUser`: a request was refused.
    public static let requestsPerUser = Self(value: .requestsPerUser)
    /// `ConnectionLimits.bytes`: a connection was cut or refused.
    public static let bytes = Self(value: .bytes)
    /// The system has no descriptor or memory left for a connection that waits to be accepted.
    public static let descriptors = Self(value: .descriptors)
    /// Target, field or header: 414 or 431.
    public static let requestSize = Self(value: .requestSize)
    /// A request's head or body that did not come in time: 408.
    public static let requestTime = Self(value: .requestTime)
    /// `WebSocketLimits.messageRate`: close 1008.
    public static let messageRate = Self(value: .messageRate)
    /// `WebSocketLimits.messageTimeout`: close 1008.
    public static let messageTime = Self(value: .messageTime)
}
