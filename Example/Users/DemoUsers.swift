// SPDX-License-Identifier: Apache-2.0

import Sluice
import SluiceCrypto

/// The users of the demonstration: a list in code, until accounts are kept in a database.
struct DemoUsers: Sendable {
    static let names = (1...20).map { "user\($0)" }
    static let password = "sluice-demo"

    /// Who does what: two leads, one for security, one for databases, one for operations; all others only apply.
    static let staff = Staff(
        members: [.lead: ["user1", "user2"], .security: ["user3"], .database: ["user4"], .operations: ["user5"]],
        everyone: names)

    struct Member: User {
        let name: String
        var isAuthenticated: Bool { true }
    }

    private let members = Set(names)

    /// A user by name.
    func user(named name: String) -> (any User)? {
        members.contains(name) ? Member(name: name) : nil
    }

    /// The user with this name and password. The time that it takes tells nothing of the password.
    func user(named name: String, password: String) -> (any User)? {
        let isRight = ConstantTime.equal(password, Self.password)
        guard let user = user(named: name) else { return nil }
        return isRight ? user : nil
    }
}
