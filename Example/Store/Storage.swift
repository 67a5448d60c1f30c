// SPDX-License-Identifier: Apache-2.0

import Sluice

/// Makes the tables of all plug-ins where the database lacks them; stands in front of those that use them.
struct Storage: Plugin {
    let name = "storage"

    func contribute(to contributions: inout Contributions) {
        contributions.add(
            LifespanHook { state in
                guard let databases = state.databases else { throw StoreError.noDatabase }
                try await databases.createTables()
            }, to: .lifespan)
    }
}
