// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import Logging

/// An error that says how a connection that ended by it is to be answered.
public protocol ApplicationError: Error {
    /// Status, close code and log level.
    var disposition: ErrorDisposition { get }
}

/// How an error is shown: one HTTP status, one close code and one log level for each cause, all in this table.
public struct ErrorDisposition: Sendable, Hashable {
    /// The status of a response that has not begun, and of a refused handshake.
    public let status: HTTPResponse.Status
    /// The close code of an accepted WebSocket.
    public let closeCode: WebSocketCloseCode
    /// The level of the one line that is logged.
    public let logLevel: Logger.Level
    /// Fields that the response needs, such as `Allow` (RFC 9110 §15.5.6) or `Retry-After`. Default none.
    public var headers: HTTPFields

    /// A row of the table; applications add their own.
    public init(
        status: HTTPResponse.Status, closeCode: WebSocketCloseCode, logLevel: Logger.Level, headers: HTTPFields = [:]
    ) {
        self.status = status
        self.closeCode = closeCode
        self.logLevel = logLevel
        self.headers = headers
    }

    /// The request itself is wrong: 400, 1008.
    public static let badRequest = Self(status: .badRequest, closeCode: .policyViolation, logLevel: .debug)
    /// Not allowed: 403, 1008.
    public static let forbidden = Self(status: .forbidden, closeCode: .policyViolation, logLevel: .info)
    /// No such route or object: 404, 1008. Bots ask for such paths all day, hence the low level.
    public static let notFound = Self(status: .notFound, closeCode: .policyViolation, logLevel: .debug)
    /// A known path with the wrong method: 405, 1008.
    public static let methodNotAllowed = Self(status: .methodNotAllowed, closeCode: .policyViolation, logLevel: .debug)
    /// A body or message over its limit: 413, 1009.
    public static let tooLarge = Self(status: .contentTooLarge, closeCode: .messageTooBig, logLevel: .info)
    /// Overloaded, or a channel is full: 503, 1013.
    public static let overloaded = Self(status: .serviceUnavailable, closeCode: .tryAgainLater, logLevel: .warning)
    /// Something that the application needs does not answer: 503, 1011.
    public static let unavailable = Self(status: .serviceUnavailable, closeCode: .internalError, logLevel: .error)
    /// The peer has gone: nobody is there to be answered.
    public static let connectionLost = Self(status: .internalServerError, closeCode: .goingAway, logLevel: .debug)
    /// A fault of the application: 500, 1011.
    public static let internalError = Self(status: .internalServerError, closeCode: .internalError, logLevel: .error)

    /// The disposition of any error: its own, or ``internalError``.
    public init(of error: any Error) {
        self = (error as? any ApplicationError)?.disposition ?? .internalError
    }
}
