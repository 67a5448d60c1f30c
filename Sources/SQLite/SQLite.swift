// SPDX-License-Identifier: Apache-2.0

internal import CSQLite
package import SluiceModels

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
package final class SQLiteDriver: DatabaseDriver {
    package let dialect: any Dialect = SQLiteDialect()
    private let writers: ConnectionPool<SQLiteConnection>
    private let readers: ConnectionPool<SQLiteConnection>?

    /// A file, made if it is missing; `:memory:` for a database that ends with its link, which then is the only one.
    package init(path: String, readers count: Int = 4) {
        let isMemory = path == ":memory:" || path.isEmpty
        writers = ConnectionPool(size: 1) { try await SQLiteConnection(path: path, readOnly: false) }
        readers =
            isMemory ? nil : ConnectionPool(size: count) { try await SQLiteConnection(path: path, readOnly: true) }
    }

    package func lease(writing: Bool) async throws -> any DatabaseConnection {
        if !writing, let readers { return try await readers.lease() }
        return try await writers.lease()
    }

    package func giveBack(_ connection: any DatabaseConnection, writing: Bool) async {
        guard let connection = connection as? SQLiteConnection else { return }
        if !writing, let readers { readers.giveBack(connection) } else { writers.giveBack(connection) }
    }

    package func close() async {
        for connection in writers.close() + (readers?.close() ?? []) { await connection.close() }
    }
}
