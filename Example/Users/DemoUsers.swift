// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The users of the demonstration, made in a database that has none.
struct DemoUsers: Plugin {
    static let names = (1...20).map { "user\($0)" }
    static let password = "sluice-demo"

    /// Who does what: two leads, one for security, one for databases, one for operations; all others only apply.
    static let roles: [Staff.Role: [String]] = [
        .lead: ["user1", "user2"], .security: ["user3"], .database: ["user4"], .operations: ["user5"],
    ]

    let name = "demo-users"
    let requires = ["storage", "accounts"]
    let isWanted: Bool
    var backend = AccountBackend()

    func contribute(to contributions: inout Contributions) {
        guard isWanted else { return }
        contributions.add(
            LifespanHook { state in
                guard let databases = state.databases else { return }
                try await databases.run {
                    guard try await Account.objects.exists() == false else { return }
                    // One hash for all: each takes its time, by design.
                    let password = try await backend.hash(Self.password)
                    let joined = Timestamp(milliseconds: SystemTime().now)
                    try await databases.main.transaction {
                        let users = try await Account.objects.bulkCreate(
                            Self.names.map { Account(name: $0, password: password, joined: joined) })
                        for (role, members) in Self.roles {
                            let group = try await AccountGroup.objects.create(AccountGroup(name: role.rawValue))
                            try await group.users.add(users.filter { members.contains($0.name) })
                        }
                    }
                }
            }, to: .lifespan)
    }
}
