// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The users of the demonstration, made in a database that has none.
struct DemoUsers: Plugin {
    static let names = (1...20).map { "user\($0)" }
    static let password = "sluice-demo"

    let name = "demo-users"
    let requires = ["storage", "accounts"]
    let isWanted: Bool
    var backend = AccountBackend()

    func contribute(to contributions: inout Contributions) {
        guard isWanted else { return }
        contributions.add(
            LifespanHook { state in
                try await state.databases?.run {
                    guard try await Account.objects.exists() == false else { return }
                    // One hash for all: each takes its time, by design.
                    let password = try await backend.hash(Self.password)
                    let joined = Timestamp(milliseconds: SystemTime().now)
                    _ = try await Account.objects.bulkCreate(
                        Self.names.map { Account(name: $0, password: password, joined: joined) },
                        ignoringConflicts: true)
                }
            }, to: .lifespan)
    }
}
