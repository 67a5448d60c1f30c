// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
import Logging
public import SluiceCore

/// A fault in how a consumer is written or used.
public struct ConsumerError: ApplicationError, Hashable, CustomStringConvertible {
    /// The kinds of fault.
    public struct Code: Sendable, Hashable {
        enum Value: Sendable { case unknownEvent, wrongHandler, unsupportedData, bodyTooLarge }

        let value: Value

        /// A layer event that the consumer has no handler for. Its ``Consumer/onError(_:)`` decides.
        public static let unknownEvent = Self(value: .unknownEvent)
        /// A handler in a consumer's list that belongs to another class.
        public static let wrongHandler = Self(value: .wrongHandler)
        /// A kind of message that the consumer does not take; closes with 1003.
        public static let unsupportedData = Self(value: .unsupportedData)
        /// A request's body over ``HTTPConsumer/bodyLimit``; answered with 413.
        public static let bodyTooLarge = Self(value: .bodyTooLarge)
    }

    /// The kind of fault.
    public let code: Code
    /// What was wrong, for the log.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// What the client did wrong is answered so; the rest is a fault of the application.
    public var disposition: ErrorDisposition {
        switch code.value {
        case .unsupportedData:
            ErrorDisposition(status: .badRequest, closeCode: .unsupportedData, logLevel: .info)
        case .bodyTooLarge: .tooLarge
        case .unknownEvent, .wrongHandler: .internalError
        }
    }
}

/// Thrown by ``Consumer/connect()`` to accept the connection (Channels' `AcceptConnection`).
public struct AcceptConnection: Error {
    /// The chosen subprotocol.
    public var subprotocol: String?

    /// Accepts, with a subprotocol if wanted.
    public init(subprotocol: String? = nil) {
        self.subprotocol = subprotocol
    }
}

/// Thrown before a connection is accepted to refuse the handshake (Channels' `DenyConnection`).
public struct DenyConnection: Error {
    /// The response's status; 403 by default.
    public var status: HTTPResponse.Status
    /// Further response fields.
    public var headers: HTTPFields
    /// The response's body, as text.
    public var body: String

    /// Refuses with a response.
    public init(status: HTTPResponse.Status = .forbidden, headers: HTTPFields = [:], body: String = "") {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Thrown by any hook or handler to end the consumer: "I have cleaned up" (Channels' `StopConsumer`).
///
/// ``Consumer/disconnect(code:)`` does not run after it; the connection is closed with 1000 if it is open, and groups,
/// tasks and timers are cleaned up all the same.
public struct StopConsumer: Error {
    /// Ends the consumer.
    public init() {}
}

/// What becomes of a connection whose consumer threw.
public enum ErrorAction: Sendable, Hashable {
    /// It is closed with the code.
    case close(WebSocketCloseCode)
    /// It stays open.
    case keep
}
