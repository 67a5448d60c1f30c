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
        try await onThread { try $0.run(statement, body) }
    }

    func cursor(_ statement: Statement) async throws -> any RowCursor {
        SQLiteCursor(self, core, try await onThread { try $0.open(statement) })
    }

    /// Does something with the database on its thread, until the task is cancelled.
    func onThread<Result: Sendable>(_ body: @Sendable (SQLiteCore) throws -> Result) async throws -> Result {
        let core = core
        do {
            return try await withTaskCancellationHandler {
                try await thread.run { try body(core) }
            } onCancel: {
                core.interrupt()
            }
        } catch let error as ModelError where error.code == .operational && Task.isCancelled {
            throw CancellationError()
        }
    }

    /// Ends a cursor, even if the task was cancelled.
    func close(_ cursor: UInt) async {
        let core = core
        try? await thread.run { core.close(cursor) }
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
    /// Statements that cursors read, which are no one else's; true for those that have given their last row.
    private var cursors: [UInt: Bool] = [:]
    /// Cursors that were dropped: any thread adds to them, the next statement ends them.
    private let dropped = Mutex<[UInt]>([])
    private let hasDropped = Atomic(false)

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
        for cursor in cursors.keys { sqlite3_finalize(OpaquePointer(bitPattern: cursor)) }
        cursors = [:]
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
        endDropped()
        let handle = try prepared(statement.sql)
        running.withLock { $0 = UInt(bitPattern: database) }
        defer {
            running.withLock { $0 = nil }
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        try bind(statement, to: handle)
        let reader = SQLiteRow(handle, database)
        let result = try body(reader)
        // A statement that writes has to run to its end, whoever reads its rows.
        while try reader.next() {}
        return result
    }

    private func bind(_ statement: Statement, to handle: OpaquePointer) throws {
        for (index, value) in statement.binds.enumerated() {
            guard SQLiteBinding.bind(value, to: handle, at: Int32(index + 1)) == SQLITE_OK else {
                throw SQLiteError.last(database, statement.sql)
            }
        }
    }

    // MARK: Cursors

    /// Prepares a statement for a cursor; gives its address.
    func open(_ statement: Statement) throws -> UInt {
        endDropped()
        var handle: OpaquePointer?
        guard sqlite3_prepare_v3(database, statement.sql, -1, 0, &handle, nil) == SQLITE_OK, let handle else {
            throw SQLiteError.last(database, statement.sql)
        }
        do {
            try bind(statement, to: handle)
        } catch {
            sqlite3_finalize(handle)
            throw error
        }
        cursors[UInt(bitPattern: handle)] = false
        return UInt(bitPattern: handle)
    }

    /// Reads the next rows of a cursor.
    func read<Result>(_ cursor: UInt, upTo count: Int, _ body: (RowReader) throws -> Result) throws -> Result {
        guard let isDone = cursors[cursor], let handle = OpaquePointer(bitPattern: cursor) else {
            throw ModelError(.operational, "the database is closed")
        }
        running.withLock { $0 = UInt(bitPattern: database) }
        defer { running.withLock { $0 = nil } }
        // A statement that is asked again after its last row would begin anew.
        let reader = SQLiteRow(handle, database, limit: isDone ? 0 : count)
        defer { if reader.isDone { cursors[cursor] = true } }
        return try body(reader)
    }

    func close(_ cursor: UInt) {
        if cursors.removeValue(forKey: cursor) != nil { sqlite3_finalize(OpaquePointer(bitPattern: cursor)) }
    }

    /// Lets the next statement end a cursor; called by any thread.
    func drop(_ cursor: UInt) {
        dropped.withLock { $0.append(cursor) }
        hasDropped.store(true, ordering: .releasing)
    }

    private func endDropped() {
        guard hasDropped.exchange(false, ordering: .acquiring) else { return }
        let all = dropped.withLock { dropped in
            defer { dropped = [] }
            return dropped
        }
        for cursor in all { close(cursor) }
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
