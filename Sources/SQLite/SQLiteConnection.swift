// SPDX-License-Identifier: Apache-2.0

internal import CSQLite
internal import SluiceModels
internal import Synchronization

/// One link to a SQLite database. Its statements run on a thread of its own, because SQLite blocks.
final class SQLiteConnection: DatabaseConnection {
    private let thread: ConnectionThread
    private let core: SQLiteCore

    init(path: String, readOnly: Bool) async throws {
        let thread = ConnectionThread()
        self.thread = thread
        core = try await thread.run { try SQLiteCore(path: path, readOnly: readOnly) }
    }

    var executor: (any TaskExecutor)? { thread }

    func run<Result: Sendable>(
        _ statement: Statement, _ body: @Sendable (RowReader) throws -> Result
    ) async throws -> Result {
        let core = core
        do {
            return try await withTaskCancellationHandler {
                try await thread.run { try core.run(statement, body) }
            } onCancel: {
                core.interrupt()
            }
        } catch let error as ModelError where error.code == .operational && Task.isCancelled {
            throw CancellationError()
        }
    }

    func close() async {
        let core = core
        try? await thread.run { core.close() }
        thread.stop()
    }
}

/// A database handle and its prepared statements; used only on its connection's thread.
///
/// `@unchecked Sendable`: the handle is created, used and closed in jobs of one thread, one after the other; what
/// `interrupt` reads is in a lock.
final class SQLiteCore: @unchecked Sendable {
    private var database: OpaquePointer?
    /// The database while a statement runs.
    private let running = Mutex<UInt?>(nil)
    private var statements: [String: OpaquePointer] = [:]
    /// Statements by their last use, the oldest first.
    private var uses: [String] = []
    private static let maxStatements = 256

    init(path: String, readOnly: Bool) throws {
        let flags = (readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(path, &database, flags, nil) == SQLITE_OK else {
            let error = SQLiteError.last(database)
            sqlite3_close_v2(database)
            throw ModelError(.operational, "\(path): \(error.message)")
        }
        sqlite3_busy_timeout(database, 5000)
        sqlite3_extended_result_codes(database, 1)
        SQLiteFunctions.register(on: database)
        if !readOnly { try script("PRAGMA journal_mode = WAL") }
        try script("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000")
    }

    func close() {
        for statement in statements.values { sqlite3_finalize(statement) }
        statements = [:]
        sqlite3_close_v2(database)
        database = nil
    }

    private func script(_ sql: String) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else { throw SQLiteError.last(database, sql) }
    }

    /// Ends the running statement with an error; called by any thread.
    func interrupt() {
        running.withLock { address in
            if let address { sqlite3_interrupt(OpaquePointer(bitPattern: address)) }
        }
    }

    func run<Result>(_ statement: Statement, _ body: (RowReader) throws -> Result) throws -> Result {
        let handle = try prepared(statement.sql)
        running.withLock { $0 = UInt(bitPattern: database) }
        defer {
            running.withLock { $0 = nil }
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        for (index, value) in statement.binds.enumerated() {
            guard SQLiteBinding.bind(value, to: handle, at: Int32(index + 1)) == SQLITE_OK else {
                throw SQLiteError.last(database, statement.sql)
            }
        }
        let reader = SQLiteRow(handle, database)
        let result = try body(reader)
        // A statement that writes has to run to its end, whoever reads its rows.
        while try reader.next() {}
        return result
    }

    private func prepared(_ sql: String) throws -> OpaquePointer {
        if let known = statements[sql] { return known }
        var handle: OpaquePointer?
        guard sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil) == SQLITE_OK,
            let handle
        else { throw SQLiteError.last(database, sql) }
        if uses.count >= Self.maxStatements, let oldest = uses.first {
            uses.removeFirst()
            sqlite3_finalize(statements.removeValue(forKey: oldest))
        }
        statements[sql] = handle
        uses.append(sql)
        return handle
    }
}
