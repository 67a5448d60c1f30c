// SPDX-License-Identifier: Apache-2.0

/// What can go wrong in this module before any data is looked at: the key, or the library itself.
public struct CryptoError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of error, for `switch` and comparison; more may be added.
    public struct Code: Hashable, Sendable {
        private enum Kind: Hashable, Sendable { case emptyKey, tooLong, unavailable }
        private let kind: Kind

        /// The key or secret has no bytes, so anyone could sign with it.
        public static let emptyKey = Code(kind: .emptyKey)
        /// What was to be hashed is longer than anything that needs to be.
        public static let tooLong = Code(kind: .tooLong)
        /// The system's libcrypto does not offer the algorithm (its configuration switched it off).
        public static let unavailable = Code(kind: .unavailable)
    }

    /// The kind of error.
    public let code: Code
    /// One line for a log or a terminal; it holds no key and no data.
    public let message: String

    /// The message.
    public var description: String { message }
}
