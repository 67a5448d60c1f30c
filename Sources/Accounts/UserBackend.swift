// SPDX-License-Identifier: Apache-2.0

public import SluiceWeb

/// Where users come from (Django's authentication back ends): accounts in the database, or a directory of somebody else.
public protocol UserBackend: Sendable {
    /// The user of this name who may sign in; `nil` for anybody else.
    func user(named name: String) async throws -> (any User)?

    /// The user of this name, if the password is right and the user may sign in. The time that it takes does not tell
    /// whether there is such a user.
    func authenticate(_ name: String, password: String) async throws -> (any User)?

    /// Makes a user.
    ///
    /// - Throws: ``AccountError``.
    func create(_ name: String, password: String, email: String, isSuperuser: Bool) async throws -> any User
}
