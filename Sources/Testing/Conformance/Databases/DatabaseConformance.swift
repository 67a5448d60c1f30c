// SPDX-License-Identifier: Apache-2.0

#if Models
public import SluiceModels

/// What every database must do, whatever its driver: a suite for authors of ``SluiceModels/DatabaseBackend``s.
///
/// ```swift
/// @Test(arguments: DatabaseConformance.checks)
/// func conforms(_ check: DatabaseConformance.Check) async throws {
///     try await check.run(on: "mydb://localhost/empty", backends: [.myDatabase])
/// }
/// ```
public enum DatabaseConformance {
    /// One behaviour.
    public struct Check: Sendable, CustomStringConvertible {
        /// What it checks, in a sentence.
        public let description: String
        private let body: @Sendable (Databases) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (Databases) async throws -> Void) {
            self.description = description
            self.body = body
        }

        /// Runs the check in a database for it alone meanwhile; its two tables, whose names begin with
        /// `conformance_`, are made at first and dropped at the end.
        ///
        /// - Throws: ``CommunicatorError`` with `unexpected` where the database does something else, and what it throws.
        public func run(on url: String, backends: [DatabaseBackend]) async throws {
            let schema = try Schema([ConformanceItem.declaration, ConformancePart.declaration])
            let databases = try Databases(["default": url], schema: schema, backends: backends)
            try await databases.connect()
            try await drop(databases.main)
            try await databases.createTables()
            let result: Result<Void, any Error>
            do {
                result = .success(try await databases.run { try await body(databases) })
            } catch {
                result = .failure(error)
            }
            try await drop(databases.main)
            await databases.close()
            try result.get()
        }

        private func drop(_ database: Database) async throws {
            for table in ["conformance_part", "conformance_item"] {
                try await database.execute(Statement(sql: "DROP TABLE IF EXISTS \(table)"))
            }
        }
    }

    /// All of them.
    public static var checks: [Check] { values + rules + transactions + links }
}

/// The database refuses with this code.
func expectRefusal(_ code: ModelError.Code, _ what: String, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as ModelError {
        return try expect(error.code == code, "\(what): refused, but with: \(error)")
    }
    throw CommunicatorError(.unexpected, "\(what): not refused")
}
#endif
