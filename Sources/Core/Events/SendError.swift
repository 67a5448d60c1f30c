// SPDX-License-Identifier: Apache-2.0

/// Why an event could not be sent.
public struct SendError: ApplicationError, Hashable, CustomStringConvertible {
    /// The kinds of refusal.
    public struct Code: Sendable, Hashable {
        enum Value: Sendable {
            case connectionClosed, wrongState, invalidHeader, invalidCloseCode, contentLengthMismatch, outboxFull
        }

        let value: Value

        /// The peer has gone, or the connection was closed.
        public static let connectionClosed = Self(value: .connectionClosed)
        /// The event does not fit the connection's state, such as a second response start.
        public static let wrongState = Self(value: .wrongState)
        /// A header name or value with illegal bytes (response splitting is refused, not repaired).
        public static let invalidHeader = Self(value: .invalidHeader)
        /// A close code that may not be sent (RFC 6455 §7.4), or a reason over 123 bytes.
        public static let invalidCloseCode = Self(value: .invalidCloseCode)
        /// More or fewer body bytes than `Content-Length` said.
        public static let contentLengthMismatch = Self(value: .contentLengthMismatch)
        /// The peer does not read, and the sender cannot wait (`SyncConsumer` only). Closes with 1013.
        public static let outboxFull = Self(value: .outboxFull)
    }

    /// The kind of refusal.
    public let code: Code
    /// What was wrong, for the log.
    public let description: String

    /// A refusal with its explanation.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// The peer has gone.
    public static let connectionClosed = Self(.connectionClosed, "the connection is closed")

    /// A lost peer is daily business; the rest is a fault of the application.
    public var disposition: ErrorDisposition {
        switch code.value {
        case .connectionClosed: .connectionLost
        case .outboxFull: .overloaded
        case .wrongState, .invalidHeader, .invalidCloseCode, .contentLengthMismatch: .internalError
        }
    }
}
