// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// A file of steps, `0001_initial.json`: reviewed by people, never changed once it was applied.
public struct Migration: Codable, Hashable, Sendable {
    /// The file's name without its ending; the number at its begin is its place.
    public var name: String
    /// The migration before it; nil for the first.
    public var after: String?
    /// The steps, in their order.
    public var operations: [MigrationOperation]
    /// What the steps become on each database: for review only, it is never run.
    public var review: [String: [String]]?

    /// A migration.
    public init(name: String, after: String?, operations: [MigrationOperation]) {
        self.name = name
        self.after = after
        self.operations = operations
    }

    /// Says whether the steps are still the same ones: FNV-1a over their canonical JSON. It finds changes by mistake; who
    /// may write the files may write the database too.
    public var fingerprint: String {
        get throws {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in try Self.encoder([.sortedKeys, .withoutEscapingSlashes]).encode(operations) {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
            return String(hash, radix: 16)
        }
    }

    static func encoder(_ formatting: JSONEncoder.OutputFormatting) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        return encoder
    }

    /// As it stands in its file.
    public var json: Data {
        get throws {
            try Self.encoder([.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]).encode(self) + Data("\n".utf8)
        }
    }
}

/// All migrations of an application in their order: a folder of files, and `schema.lock.json`, which says what they come
/// to. Two people who add migrations at once change the same lines of the lock file, so that one of them notices.
public struct MigrationHistory: Sendable {
    /// What stands in `schema.lock.json`.
    struct Lock: Codable, Hashable {
        struct Entry: Codable, Hashable {
            var name: String
            var fingerprint: String
        }
        var migrations: [Entry]
        var schema: SchemaState
    }

    /// The name of the lock file.
    static let lockName = "schema.lock.json"

    /// The migrations, the first one first.
    public private(set) var migrations: [Migration]
    /// The tables that they make.
    public private(set) var state = SchemaState()

    /// Migrations one after the other; throws `ModelError` with the code `.schema` for two that follow on the same one,
    /// one that follows on none, and steps that do not fit.
    public init(_ migrations: [Migration] = []) throws {
        self.migrations = []
        for migration in migrations { try append(migration) }
    }

    /// Adds a migration behind the others.
    public mutating func append(_ migration: Migration) throws {
        guard migration.after == migrations.last?.name else {
            throw ModelError(
                .schema,
                "migration \(migration.name) follows on \(migration.after ?? "none"), "
                    + "but stands behind \(migrations.last?.name ?? "none"): two were made at once")
        }
        for operation in migration.operations {
            do {
                try state.apply(operation)
            } catch let error as ModelError {
                throw ModelError(.schema, "migration \(migration.name): \(operation): \(error.message)")
            }
        }
        migrations.append(migration)
    }

    /// The migrations in a folder; none if it is not there.
    ///
    /// Throws `ModelError` with the code `.schema` for files that cannot be read, do not follow on each other, or are not
    /// those that the lock file names.
    public init(folder: String) throws {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let names = files.filter { $0.hasSuffix(".json") && $0 != Self.lockName }.sorted()
        try self.init(
            try names.map { file in
                let migration: Migration = try Self.read(folder, file)
                guard file == migration.name + ".json" else {
                    throw ModelError(.schema, "\(file) holds the migration \(migration.name)")
                }
                return migration
            })
        guard files.contains(Self.lockName) else {
            guard migrations.isEmpty else { throw ModelError(.schema, "\(folder)/\(Self.lockName) is missing") }
            return
        }
        let lock: Lock = try Self.read(folder, Self.lockName)
        let own = try self.lock
        guard lock != own else { return }
        let wrong = zip(lock.migrations, own.migrations).first { $0 != $1 }?.1.name
        throw ModelError(
            .schema,
            wrong.map { "migration \($0) is not the one that \(Self.lockName) names" }
                ?? "\(Self.lockName) is not what the migrations come to: it has \(lock.migrations.count), "
                + "the folder \(own.migrations.count)")
    }

    private static func read<T: Decodable>(_ folder: String, _ file: String) throws -> T {
        do {
            return try JSONDecoder().decode(T.self, from: Data(contentsOf: URL(filePath: folder).appending(path: file)))
        } catch {
            throw ModelError(.schema, "\(folder)/\(file): \(error)")
        }
    }

    private var lock: Lock {
        get throws {
            Lock(
                migrations: try migrations.map { Lock.Entry(name: $0.name, fingerprint: try $0.fingerprint) },
                schema: state)
        }
    }

    /// Writes the last migration and the lock file.
    public func writeLast(to folder: String) throws {
        guard let last = migrations.last else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let folder = URL(filePath: folder)
        try last.json.write(to: folder.appending(path: last.name + ".json"), options: .atomic)
        let lock = try Migration.encoder([.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]).encode(lock)
        try (lock + Data("\n".utf8)).write(to: folder.appending(path: Self.lockName), options: .atomic)
    }

    /// The next migration: the steps from the state to what models ask for; nil if there are none.
    ///
    /// - Parameters:
    ///   - name: what stands behind the number; nil for a name made of the steps.
    ///   - allowsDrops: whether tables and columns may be dropped.
    ///   - isEmpty: whether it is made without steps, for some of one's own.
    /// Throws `ModelError` with the code `.schema`, a line for each question that only people can answer.
    public func next(
        _ schema: Schema, name: String? = nil, allowsDrops: Bool = false, isEmpty: Bool = false
    ) throws -> Migration? {
        let operations =
            isEmpty
            ? [] : try SchemaDiff.operations(from: state, to: DeclaredSchema(schema), allowsDrops: allowsDrops)
        guard isEmpty || !operations.isEmpty else { return nil }
        let number = String(migrations.count + 1)
        let title = name ?? Self.title(operations, isFirst: migrations.isEmpty)
        var migration = Migration(
            name: String(repeating: "0", count: max(0, 4 - number.count)) + number + "_" + title,
            after: migrations.last?.name, operations: operations)
        migration.review = [:]
        for dialect in [SQLiteDialect(), PostgreSQLDialect()] as [any Dialect] {
            migration.review?[dialect.name] = try Self.statements(operations, from: state, on: dialect)
        }
        return migration
    }

    static func statements(_ operations: [MigrationOperation], from state: SchemaState, on dialect: any Dialect) throws
        -> [String]
    {
        var state = state
        return try operations.flatMap { operation in
            let before = state
            try state.apply(operation)
            return TableAlteration(dialect).statements(operation, from: before, to: state)
        }
    }

    private static func title(_ operations: [MigrationOperation], isFirst: Bool) -> String {
        guard !isFirst else { return "initial" }
        let words = operations.prefix(2).map { operation in
            operation.description.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        }
        let text = words.map { String($0) }.joined(separator: "_and_") + (operations.count > 2 ? "_and_more" : "")
        return String(text.prefix(80))
    }
}
