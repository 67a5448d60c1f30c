// SPDX-License-Identifier: Apache-2.0

extension Databases {
    /// Makes the tables of all models that the databases lack, each database in one transaction: for tests, and for
    /// databases that end with the process. What is there already is left as it is; migrations change it.
    ///
    /// Throws `ModelError`; then the database whose table could not be made is as it was.
    public func createTables() async throws {
        for database in all {
            try await database.transaction {
                let present = Set(try await database.tableNames())
                let statements = try TableWriter(database.planner).createAll { model in
                    !present.contains(model.table) && allowsMigration(model, on: database.name)
                }
                for sql in statements { try await database.execute(Statement(sql: sql)) }
            }
        }
    }
}

extension Database {
    /// The names of the tables that are there, those of the database itself left out.
    func tableNames() async throws -> [String] {
        try await run(Statement(sql: driver.dialect.tableNames), writing: true) { reader in
            var names: [String] = []
            while try reader.next() { names.append(reader.text(0)) }
            return names
        }
    }
}
