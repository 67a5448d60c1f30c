// SPDX-License-Identifier: Apache-2.0

extension Databases {
    /// Makes the tables of all models that the databases lack, each database in one transaction: for tests, and for
    /// databases that end with the process. What is there already is left as it is; migrations change it.
    ///
    /// Throws `ModelError`; then the database whose table could not be made is as it was.
    public func createTables() async throws {
        for database in all {
            let dialect = database.driver.dialect
            var declared = try DeclaredSchema(database.schema, dialects: [dialect])
            for model in database.schema.models where !allowsMigration(model, on: database.name) {
                declared.state.remove(model.table)
            }
            let wanted = declared
            try await database.transaction {
                let present = Set(try await database.tableNames())
                for sql in try TableWriter.createAll(wanted, but: present, on: dialect) {
                    try await database.execute(Statement(sql: sql))
                }
            }
        }
    }
}

extension SchemaState {
    /// Forgets a table that is in another database, and that others refer to it.
    fileprivate mutating func remove(_ name: String) {
        tables[name] = nil
        for other in tables.keys {
            guard var table = tables[other] else { continue }
            for index in table.columns.indices where table.columns[index].reference?.table == name {
                table.columns[index].reference = nil
            }
            tables[other] = table
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
