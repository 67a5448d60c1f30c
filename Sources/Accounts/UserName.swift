// SPDX-License-Identifier: Apache-2.0

/// What may be a user's name (Django's `UnicodeUsernameValidator`): 1 to 150 letters, digits and `@.+-_`, of any script.
public enum UserName {
    /// Checks a name.
    ///
    /// - Throws: ``AccountError/badName``.
    public static func check(_ name: String) throws(AccountError) {
        let isFit = name.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "@", ".", "+", "-", "_": true
            default: scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            }
        }
        guard isFit, (1...150).contains(name.unicodeScalars.count) else { throw .badName }
    }
}

/// Why an account could not be made or changed; the text is for who asked for it.
public struct AccountError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in a sentence.
    public let description: String

    /// A name that no user may have.
    public static let badName = AccountError(
        description: "a user name has 1 to 150 letters, digits and @ . + - _")
    /// A name that another user has.
    public static let nameTaken = AccountError(description: "there is a user of this name")
    /// A password that is too short or too common.
    public static let weakPassword = AccountError(
        description: "a password has 8 to 4,096 bytes, not only digits, and is not the user's name")
}
