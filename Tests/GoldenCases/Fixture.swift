// SPDX-License-Identifier: Apache-2.0

import Foundation
import GoldenModels
import JSONTree
import SluiceModels
import SluicePostgreSQL
import SluiceSQLite

/// The databases of a run: made anew, with the recorded rows.
struct Fixture {
    let store: RecordStore
    let data: URL
    let backend: String
    /// The clock of all cases: 2024-02-29T12:00:00Z.
    static let now = Timestamp(microseconds: 1_709_208_000_000_000)

    /// - Parameter space: what the schemas of PostgreSQL are named after; runs at the same time need their own.
    init(location: String, data: URL, space: String = "golden") async throws {
        self.data = data
        let schema = try GoldenModels.schema()
        backend = location.hasPrefix("postgres") ? "postgresql" : "sqlite"
        var databases: [Database] = []
        for name in ["default", "backup"] {
            let driver = try await Self.driver(location, name, space)
            databases.append(Database(name: name, schema: schema, driver: driver, clock: { Self.now }))
        }
        store = RecordStore(Databases(databases[0], Array(databases.dropFirst())))
        for database in databases {
            for sql in try TableWriter.createAll(database.schema, on: database.driver.dialect) {
                try await database.execute(Statement(sql: sql))
            }
            try await load(database)
        }
        try await resetCounters()
    }

    private static func driver(_ location: String, _ name: String, _ space: String) async throws -> any DatabaseDriver {
        guard location.hasPrefix("postgres") else {
            let path = location.hasPrefix("sqlite:") ? String(location.dropFirst(7)) : ":memory:"
            return SQLiteDriver(path: path == ":memory:" || path.isEmpty ? ":memory:" : "\(path).\(name)")
        }
        // Everything happens in a schema of its own, which is made anew.
        let space = "\(space)_\(name)"
        let options = "options=-csearch_path%3D\(space)"
        let separator = location.contains("?") ? "&" : "?"
        let plain = PostgreSQLDriver(location: location)
        let connection = try await plain.lease(writing: true)
        for sql in ["DROP SCHEMA IF EXISTS \(space) CASCADE", "CREATE SCHEMA \(space)"] {
            try await connection.run(Statement(sql: sql)) { _ = try $0.next() }
        }
        await plain.giveBack(connection, writing: true)
        await plain.close()
        return PostgreSQLDriver(location: location + separator + options)
    }

    func close() async {
        await store.databases.main.close()
        try? await store.databases.named("backup").close()
    }

    /// Makes the next counted keys one more than the greatest, as they were when the cases were recorded.
    func resetCounters() async throws {
        guard backend == "postgresql" else { return }
        for database in [store.databases.main, try store.databases.named("backup")] {
            for model in store.schema.models where model.concrete == model.id && model.primaryKey.kind.isCounted {
                let (table, key) = ("\"\(model.table)\"", "\"\(model.primaryKey.column)\"")
                try await database.execute(
                    Statement(
                        sql: "SELECT setval(pg_get_serial_sequence('\(table)', '\(model.primaryKey.column)'), "
                            + "COALESCE((SELECT MAX(\(key)) FROM \(table)), 0) + 1, false)"))
            }
        }
    }

    /// What of a table's rows a database holds.
    private func part(_ table: String, _ rows: [JSON], of database: String) -> ArraySlice<JSON> {
        guard database == "backup" else { return rows[...] }
        return switch table {
        case "weblog_blog", "weblog_author": rows.prefix(rows.count / 2)
        case "pizzeria_topping": rows[...]
        default: []
        }
    }

    private func load(_ database: Database) async throws {
        let schema = store.schema
        try await database.transaction {
            for model in schema.models where model.concrete == model.id {
                let file = data.appending(path: "\(model.table).json")
                guard let bytes = try? Data(contentsOf: file) else { continue }
                let decoded = try JSONDecoder().decode(JSON.self, from: bytes)
                let all = decoded.array ?? decoded["rows"]?.array ?? []
                let rows = part(model.table, all, of: database.name)
                guard !rows.isEmpty else { continue }
                let fields = model.localFields.filter { $0.declaration.generated == nil }
                let values = try rows.map { row in
                    try fields.map { field in Assignment.value(try Self.value(row[field.column] ?? .null, field.kind)) }
                }
                for start in stride(from: 0, to: values.count, by: 200) {
                    let chunk = Array(values[start..<min(start + 200, values.count)])
                    try await database.execute(try database.planner.insert(model, fields, chunk))
                }
            }
        }
    }

    static func value(_ json: JSON, _ kind: FieldKind?) throws -> Value {
        if kind == .json { return json == .null ? .null : .json(try jsonValue(json)) }
        switch json {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .int(let number): return .int(Int64(number))
        case .double(let number): return .double(number)
        case .string(let text): return .text(text)
        case .array: return .json(try jsonValue(json))
        case .object(let members):
            guard let (name, inner) = members.first, members.count == 1, name.hasPrefix("$") else {
                return .json(try jsonValue(json))
            }
            switch (name, inner) {
            case ("$decimal", .string(let text)):
                return try Value.text(text).prepared(for: .decimal(digits: 38, places: 20))
            case ("$float", .string(let text)): return .double(Double(text) ?? .nan)
            case ("$date", .string(let text)): return try Value.text(text).prepared(for: .date)
            case ("$datetime", .string(let text)): return try Value.text(text).prepared(for: .dateTime)
            case ("$time", .string(let text)): return try Value.text(text).prepared(for: .time)
            case ("$duration_us", .int(let length)): return .duration(Int64(length))
            case ("$uuid", .string(let text)): return try Value.text(text).prepared(for: .uuid)
            case ("$bytes", .string(let text)): return .bytes(Data(base64Encoded: text).map { Array($0) } ?? [])
            default: return .json(try jsonValue(json))
            }
        }
    }

    private static func jsonValue(_ json: JSON) throws -> JSONValue {
        switch json {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(Int64(number))
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        case .array(let items): .array(try items.map(jsonValue))
        case .object(let members): .object(try members.mapValues(jsonValue))
        }
    }

    // MARK: Changes

    /// All rows of all tables, by table and key.
    func snapshot() async throws -> [String: [JSON: JSON]] {
        var tables: [String: [JSON: JSON]] = [:]
        for model in store.schema.models where model.concrete == model.id {
            var sql = "SELECT "
            sql += model.localFields.map { "\"\($0.column)\"" }.joined(separator: ", ")
            sql += " FROM \"\(model.table)\""
            let fields = model.localFields
            let keys = model.keyFields.map(\.column)
            let rows = try await store.databases.main.run(Statement(sql: sql), writing: true) { reader in
                var rows: [[Value]] = []
                while try reader.next() { rows.append(try fields.enumerated().map { try reader.value($0, $1.kind) }) }
                return rows
            }
            var table: [JSON: JSON] = [:]
            for row in rows {
                var members: [String: JSON] = [:]
                for (field, value) in zip(fields, row) { members[field.column] = Comparison.canonical(value) }
                table[.array(keys.map { members[$0] ?? .null })] = .object(members)
            }
            tables[model.table] = table
        }
        return tables
    }

    /// What is different between two states, in the form of the cases.
    static func changes(_ before: [String: [JSON: JSON]], _ after: [String: [JSON: JSON]]) -> JSON {
        var changes: [String: JSON] = [:]
        for (table, rows) in after {
            let old = before[table] ?? [:]
            guard rows != old else { continue }
            var entry: [String: JSON] = [:]
            let inserted = rows.filter { old[$0.key] == nil }.map(\.value)
            let deleted = old.keys.filter { rows[$0] == nil }
            var updated: [JSON] = []
            for (key, row) in rows {
                guard let was = old[key], was != row, case .object(let members) = row else { continue }
                updated.append(.object(["pk": key, "set": .object(members.filter { was[$0.key] != $0.value })]))
            }
            if !inserted.isEmpty { entry["inserted"] = .array(inserted) }
            if !deleted.isEmpty { entry["deleted"] = .array(Array(deleted)) }
            if !updated.isEmpty { entry["updated"] = .array(updated) }
            changes[table] = .object(entry)
        }
        return .object(changes)
    }
}
