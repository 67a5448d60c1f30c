// SPDX-License-Identifier: Apache-2.0

/// What an application under test, or a server, did not do as the test expects.
public struct CommunicatorError: Error, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Sendable, Hashable {
        enum Value: Sendable { case timedOut, unexpected, ended, cancelled, connection, leak }

        let value: Value

        /// What was awaited did not come in time.
        public static let timedOut = Self(value: .timedOut)
        /// Something else came than what was awaited.
        public static let unexpected = Self(value: .unexpected)
        /// The application returned where something was awaited.
        public static let ended = Self(value: .ended)
        /// The application was cancelled before, because it was silent.
        public static let cancelled = Self(value: .cancelled)
        /// A real connection could not be made, or was lost.
        public static let connection = Self(value: .connection)
        /// Something outlived its connection.
        public static let leak = Self(value: .leak)
    }

    /// The kind of failure.
    public let code: Code
    /// What was expected and what happened.
    public let description: String

    /// A failure with its explanation.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
