// SPDX-License-Identifier: Apache-2.0

/// Why a server could not start.
public struct ServerError: Error, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Sendable, Hashable {
        enum Value: Sendable { case cannotListen, invalidAddress, wrongState }

        let value: Value

        /// An address could not be bound.
        public static let cannotListen = Self(value: .cannotListen)
        /// A text is no address.
        public static let invalidAddress = Self(value: .invalidAddress)
        /// The server was started before.
        public static let wrongState = Self(value: .wrongState)
    }

    /// The kind of failure.
    public let code: Code
    /// One line that names the thing and the cause.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
