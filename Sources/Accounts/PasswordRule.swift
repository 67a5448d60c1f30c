// SPDX-License-Identifier: Apache-2.0

import SluiceCrypto

/// What passwords people may choose (Django's `AUTH_PASSWORD_VALIDATORS`, without the list of common ones).
public struct PasswordRule: Sendable, Hashable {
    /// The fewest characters. Default 8.
    public var minimum = 8

    /// The defaults.
    public init() {}

    /// Checks a password for a user.
    ///
    /// - Throws: ``AccountError/weakPassword``.
    public func check(_ password: String, for name: String) throws(AccountError) {
        guard password.count >= minimum, password.utf8.count <= PasswordHash.byteLimit,
            !password.unicodeScalars.allSatisfy({ $0.properties.numericType != nil }),
            password.lowercased() != name.lowercased()
        else { throw .weakPassword }
    }
}
