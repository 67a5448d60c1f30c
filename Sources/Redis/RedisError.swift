// SPDX-License-Identifier: Apache-2.0

/// Why a Redis server could not be used.
public struct RedisError: Error, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Sendable, Hashable {
        enum Value: Sendable { case invalidURL, connection, timedOut, refused, protocolViolation, closed, busy }

        let value: Value

        /// A URL that names no server.
        public static let invalidURL = Self(value: .invalidURL)
        /// The connection could not be made, or was lost.
        public static let connection = Self(value: .connection)
        /// The server did not answer in time.
        public static let timedOut = Self(value: .timedOut)
        /// The server answered with an error, such as a wrong password.
        public static let refused = Self(value: .refused)
        /// What came is no RESP, or over a limit.
        public static let protocolViolation = Self(value: .protocolViolation)
        /// The client was shut down.
        public static let closed = Self(value: .closed)
        /// Too much waits for the server; the command was not sent.
        public static let busy = Self(value: .busy)
    }

    /// The kind of failure.
    public let code: Code
    /// What failed, for the log; without passwords.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
