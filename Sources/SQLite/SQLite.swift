// SPDX-License-Identifier: Apache-2.0

internal import CSQLite
public import SluiceModels
internal import Synchronization

/// What SQLite says about a call.
struct SQLiteError {
    /// The error of the last call on a database.
    static func last(_ database: OpaquePointer?, _ sql: String = "") -> ModelError {
        let code = sqlite3_extended_errcode(database)
        let message = sqlite3_errmsg(database).map { String(cString: $0) } ?? "unknown error"
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: return ModelError(.integrity, message)
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_FULL, SQLITE_READONLY, SQLITE_INTERRUPT:
            return ModelError(.operational, message)
        default: return ModelError(.database, message)
        }
    }
}

/// A SQLite database in a file: one link that writes and several that read, in WAL mode.
public final class SQLiteDriver: DatabaseDriver {
    /// SQLite's.
    public let dialect: any Dialect = SQLiteDialect()
    private let writers: ConnectionPool<SQLiteConnection>
    private let readers: ConnectionPool<SQLiteConnection>?
    private let hasFile = Atomic(false)

    /// A file, made if it is missing; `:memory:` for a database that ends with its link, which then is the only one.
    ///
    /// - Parameter pool: the links that read; default at most 4, beside the one that writes.
    public init(path: String, pool: PoolSettings = PoolSettings()) {
        let isMemory = path == ":memory:" || path.isEmpty
        writers = ConnectionPool(size: 1, patience: pool.patience) {
            try await SQLiteConnection(path: path, readOnly: false)
        }
        readers =
            isMemory
            ? nil
            : ConnectionPool(size: pool.maximum ?? 4, patience: pool.patience) {
                try await SQLiteConnection(path: path, readOnly: true)
            }
    }

    /// Whether there is a link to keep beside the one that writes; that of a database in memory is everybody's.
    public var cursorsNeedLease: Bool { readers != nil }

    /// A link that reads, or the one that writes.
    public func lease(writing: Bool) async throws -> any DatabaseConnection {
        if !hasFile.load(ordering: .relaxed) {
            // A link that only reads makes no file.
            writers.giveBack(try await writers.lease())
            hasFile.store(true, ordering: .relaxed)
        }
        if !writing, let readers { return try await readers.lease() }
        return try await writers.lease()
    }

    /// Takes a link back.
    public func giveBack(_ connection: any DatabaseConnection, writing: Bool) async {
        guard let connection = connection as? SQLiteConnection else { return }
        if !writing, let readers { readers.giveBack(connection) } else { writers.giveBack(connection) }
    }

    /// Ends all links; with the last one, SQLite moves the log into the file.
    public func close() async {
        for connection in writers.close() + (readers?.close() ?? []) { await connection.close() }
    }
}

extension DatabaseBackend {
    /// `sqlite::memory:` and `sqlite:PATH`; of settings it has those of the pool.
    public static let sqlite = DatabaseBackend(schemes: ["sqlite"]) { url in
        guard !url.rest.isEmpty, !url.rest.contains("?") else {
            throw ModelError(
                .value, "the database '\(url)' is not 'sqlite::memory:' or 'sqlite:PATH', with pool_… behind a ?")
        }
        return SQLiteDriver(path: String(url.rest), pool: url.pool)
    }
}
