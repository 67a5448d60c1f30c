// SPDX-License-Identifier: Apache-2.0

import Foundation
import GoldenModels
import SluiceModels
import SluicePostgreSQL
import SluiceSQLite

/// An empty database for one test.
struct EmptyDatabase {
    /// SQLite, and PostgreSQL if there is one for the tests.
    static let kinds: [String] = {
        ProcessInfo.processInfo.environment["SLUICE_TEST_POSTGRESQL"] == nil ? ["sqlite"] : ["sqlite", "postgresql"]
    }()

    /// Runs a test with databases of a schema, which have no tables yet.
    static func with<Result>(
        _ kind: String, _ schema: Schema, _ body: (Database) async throws -> Result
    ) async throws -> Result {
        guard kind == "postgresql" else {
            let database = Database(schema: schema, driver: SQLiteDriver(path: ":memory:"))
            do {
                let result = try await body(database)
                await database.close()
                return result
            } catch {
                await database.close()
                throw error
            }
        }
        let server = ProcessInfo.processInfo.environment["SLUICE_TEST_POSTGRESQL"] ?? ""
        let space = "empty_\(UInt64.random(in: 0...UInt64.max))"
        let plain = Database(schema: schema, driver: PostgreSQLDriver(location: server))
        try await plain.execute(Statement(sql: "CREATE SCHEMA \(space)"))
        let database = Database(
            schema: schema, driver: PostgreSQLDriver(location: server + "&options=-csearch_path%3D\(space)"))
        do {
            let result = try await body(database)
            await database.close()
            try await plain.execute(Statement(sql: "DROP SCHEMA \(space) CASCADE"))
            await plain.close()
            return result
        } catch {
            await database.close()
            _ = try? await plain.execute(Statement(sql: "DROP SCHEMA \(space) CASCADE"))
            await plain.close()
            throw error
        }
    }
}

/// Schemas to migrate between.
enum Schemas {
    /// The declarations of an application of the golden models, or of all of them.
    static func golden(_ app: String?) throws -> [ModelDeclaration] {
        try GoldenModels.schema().models.filter { !$0.isAutomatic && (app == nil || $0.declaration.app == app) }
            .map(\.declaration).map { declaration in
                var plain = declaration
                // Linking adds these anew.
                plain.fields.removeAll { $0.name == "id" && $0.kind == .bigAuto && $0.isPrimaryKey }
                plain.fields.removeAll { $0.relation?.isParentLink == true }
                return plain
            }
    }

    /// The applications, nothing, and everything.
    static func all() throws -> [(name: String, models: [ModelDeclaration])] {
        let apps = Set(try golden(nil).map(\.app)).sorted()
        return [("nothing", [])] + (try apps.map { ($0, try golden($0)) }) + [("everything", try golden(nil))]
    }

    static let shop: [ModelDeclaration] = [
        ModelDeclaration(
            "shop", "Customer", [FieldDeclaration("name", .char(40)), FieldDeclaration("mail", .char(50), null: true)]),
        ModelDeclaration(
            "shop", "Order",
            [
                FieldDeclaration("number", .integer), FieldDeclaration("note", .text, null: true),
                FieldDeclaration("paid", .boolean, default: .value(false)),
                .reference("customer", to: "Customer", onDelete: .cascade),
            ]),
    ]

    /// Changes of `shop`, each of which can be taken back.
    static let changes: [(name: String, change: @Sendable (inout [ModelDeclaration]) -> Void)] = [
        ("a column that may be NULL", { $0[1].fields.append(FieldDeclaration("extra", .date, null: true)) }),
        (
            "a column with a default",
            { $0[1].fields.append(FieldDeclaration("state", .char(9), default: .value("it's new"))) }
        ),
        (
            "a default of the database",
            { $0[1].fields.append(FieldDeclaration("rank", .integer, databaseDefault: .int(7))) }
        ),
        ("a longer text", { $0[0].fields[0] = FieldDeclaration("name", .char(400)) }),
        ("a text without a limit", { $0[0].fields[0] = FieldDeclaration("name", .text) }),
        ("a larger number", { $0[1].fields[0] = FieldDeclaration("number", .bigInteger) }),
        (
            "no NULL any more",
            { $0[0].fields[1] = FieldDeclaration("mail", .char(50), default: .value("none@example.org")) }
        ),
        ("NULL allowed", { $0[1].fields[0] = FieldDeclaration("number", .integer, null: true, default: .value(0)) }),
        ("a unique column", { $0[0].fields[0] = FieldDeclaration("name", .char(40), unique: true) }),
        ("an index", { $0[1].fields[0] = FieldDeclaration("number", .integer, index: true) }),
        ("an index of two", { $0[1].indexes = [IndexDeclaration(name: "two", fields: ["-number", "paid"])] }),
        ("a rule", { $0[1].constraints = [.unique(name: "once", fields: ["number", "customer"])] }),
        (
            "a rule for some rows",
            {
                $0[1].constraints = [
                    .unique(
                        name: "open_once", fields: ["number"],
                        condition: .compare(LookupPath(["paid"]), transforms: [], "exact", .value(.bool(false))))
                ]
            }
        ),
        (
            "a check",
            {
                $0[1].constraints = [
                    .check(
                        name: "positive", .compare(LookupPath(["number"]), transforms: [], "gte", .value(.int(0))))
                ]
            }
        ),
        (
            "another name of a column",
            {
                $0[1].fields[0] = FieldDeclaration("no", .integer, index: true)
                $0[1].fields[0].formerColumn = "number"
            }
        ),
        (
            "another name of a table",
            {
                $0[0].table = "shop_client"
                $0[0].formerTable = "shop_customer"
            }
        ),
        (
            "a reference that is not checked",
            {
                $0[1].fields[3] = .reference("customer", to: "Customer", onDelete: .doNothing, constraint: false)
            }
        ),
        (
            "a reference that may be missing",
            {
                $0[1].fields[3] = .reference("customer", to: "Customer", onDelete: .setNull, null: true)
            }
        ),
        ("a set of references", { $0[0].fields.append(.manyToMany("friends", to: "Customer")) }),
        (
            "tables that refer to each other",
            {
                $0.append(
                    ModelDeclaration("shop", "Egg", [.reference("hen", to: "Hen", onDelete: .cascade, null: true)]))
                $0.append(
                    ModelDeclaration("shop", "Hen", [.reference("egg", to: "Egg", onDelete: .cascade, null: true)]))
            }
        ),
    ]
}
