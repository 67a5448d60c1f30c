// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
internal import CPostgreSQL
internal import SluiceModels
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// One link to a PostgreSQL server. Its statements run on a thread of its own, because libpq's calls wait.
final class PostgreSQLConnection: DatabaseConnection {
    private let thread: ConnectionThread
    private let core: PostgreSQLCore

    init(location: String) async throws {
        let thread = ConnectionThread()
        self.thread = thread
        do {
            core = try await thread.run { try PostgreSQLCore(location: location) }
        } catch {
            thread.stop()
            throw error
        }
    }

    var executor: (any TaskExecutor)? { thread }

    func run<Result: Sendable>(
        _ statement: Statement, _ body: @Sendable (RowReader) throws -> Result
    ) async throws -> Result {
        try await onThread { try $0.run(statement, body) }
    }

    func cursor(_ statement: Statement) async throws -> any RowCursor {
        PostgreSQLCursor(self, core, try await onThread { try $0.open(statement) })
    }

    /// Does something with the connection on its thread; it is given up if the task is cancelled.
    func onThread<Result: Sendable>(_ body: @Sendable (PostgreSQLCore) throws -> Result) async throws -> Result {
        let core = core
        do {
            return try await withTaskCancellationHandler {
                try await thread.run { try body(core) }
            } onCancel: {
                // It connects to the server once more, and waits for it.
                Task(executorPreference: Self.cancelling) { core.cancel() }
            }
        } catch let error as ModelError where error.code == .operational && Task.isCancelled {
            throw CancellationError()
        }
    }

    private static let cancelling = ConnectionThread()

    /// Whether the server has left, or the last transaction has not ended.
    var isBroken: Bool { get async { (try? await thread.run { [core] in core.isBroken }) ?? true } }

    /// Whether the server has said something though nothing was asked, as it does when it leaves.
    var hasNews: Bool { core.hasNews }

    /// Ends a cursor, even if the task was cancelled.
    func close(_ cursor: PostgreSQLCore.Cursor) async {
        let core = core
        try? await thread.run { core.close(cursor) }
    }

    func close() async {
        let core = core
        try? await thread.run { core.close() }
        thread.stop()
    }
}

/// A connection of libpq and its prepared statements; used only on its connection's thread, but for `cancel`.
///
/// `@unchecked Sendable`: all calls are jobs of one thread; `PQcancel` may be called by any, on a handle of its own
/// that lives as long as this object; the socket is read by `hasNews` only while the link is idle.
final class PostgreSQLCore: @unchecked Sendable {
    private var link: OpaquePointer?
    private let canceller: OpaquePointer?
    private let socket: Int32
    /// Whether a statement runs: one that has ended must not be cancelled, since the next one would be.
    private let isRunning = Mutex(false)
    private var prepared: [String: String] = [:]
    private var uses: [String] = []
    private var counter = 0
    private static let maxStatements = 256

    init(location: String) throws {
        let link = Self.connect(location)
        guard PQstatus(link) == CONNECTION_OK else {
            let message = String(cString: PQerrorMessage(link))
            PQfinish(link)
            throw ModelError(.operational, message.singleLine)
        }
        self.link = link
        // Errors are thrown; what the server says besides is no matter for this process's stderr.
        PQsetNoticeProcessor(link, { _, _ in }, nil)
        canceller = PQgetCancel(link)
        socket = PQsocket(link)
        // What the rows' texts look like must not depend on the server's settings.
        for setting in [
            "TIME ZONE 'UTC'", "DateStyle TO ISO", "IntervalStyle TO postgres", "client_min_messages TO error",
        ] {
            PQclear(PQexec(link, "SET \(setting)"))
        }
    }

    deinit { PQfreeCancel(canceller) }

    /// What stands before the location is a default that it may change, what stands behind it is not.
    private static func connect(_ location: String) -> OpaquePointer? {
        let names = ["connect_timeout", "tcp_user_timeout", "dbname", "client_encoding"]
        let values = ["5", "30000", location, "UTF8"]
        return withPointers(to: names.map { Array($0.utf8CString) } + [nil]) { names in
            withPointers(to: values.map { Array($0.utf8CString) } + [nil]) { PQconnectdbParams(names, $0, 1) }
        }
    }

    func close() {
        PQfinish(link)
        link = nil
    }

    /// What the server says unasked is most likely that it leaves; the end itself may come only after it.
    var isBroken: Bool { hasNews || PQstatus(link) != CONNECTION_OK || PQtransactionStatus(link) != PQTRANS_IDLE }

    var hasNews: Bool {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) != 0
    }

    /// Asks the server to give up the running statement, if there is one.
    func cancel() {
        isRunning.withLock { isRunning in
            guard isRunning else { return }
            var message = [CChar](repeating: 0, count: 256)
            _ = PQcancel(canceller, &message, Int32(message.count))
        }
    }

    func run<Result>(_ statement: Statement, _ body: (RowReader) throws -> Result) throws -> Result {
        endDropped()
        isRunning.withLock { $0 = true }
        defer { isRunning.withLock { $0 = false } }
        var result = try execute(statement)
        defer { PQclear(result) }
        if isOutdated(result) {
            forget(statement.sql)
            // In a transaction all further statements are refused.
            guard PQtransactionStatus(link) == PQTRANS_IDLE else {
                throw ModelError(
                    .operational,
                    "the columns of a table have changed since the statement was prepared: begin the "
                        + "transaction again")
            }
            PQclear(result)
            // If the next line throws, it is not cleared again.
            result = nil
            result = try execute(statement)
        }
        try check(result)
        return try body(PostgreSQLRows(result))
    }

    /// Whether a prepared statement was refused because a migration has changed what its rows look like.
    private func isOutdated(_ result: OpaquePointer?) -> Bool {
        func field(_ code: Character) -> String? {
            PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
        }
        return PQresultStatus(result) == PGRES_FATAL_ERROR && field("C") == "0A000"
            && field("R") == "RevalidateCachedQuery"
    }

    private func forget(_ sql: String) {
        guard let name = prepared.removeValue(forKey: sql) else { return }
        uses.removeAll { $0 == sql }
        // Refused in a transaction that has failed; then the name is not used again, and ends with the link.
        PQclear(PQexec(link, "DEALLOCATE \(name)"))
    }

    private func execute(_ statement: Statement) throws -> OpaquePointer? {
        if statement.binds.isEmpty { return PQexec(link, statement.sql) }
        let name = try prepare(statement.sql)
        return Self.withPointers(to: try Self.texts(of: statement)) { pointers in
            PQexecPrepared(link, name, Int32(pointers.count), pointers, nil, nil, 0)
        }
    }

    private static func texts(of statement: Statement) throws -> [[CChar]?] {
        let texts = try statement.binds.map(PostgreSQLText.init)
        var buffers: [[CChar]?] = []
        for text in texts { buffers.append(text.bytes) }
        return buffers
    }

    // MARK: Cursors

    /// A cursor of the server.
    struct Cursor: Sendable, Hashable {
        let name: String
        /// Whether the transaction around it was begun for it alone.
        let hasTransaction: Bool
    }
    /// Cursors that were dropped: any thread adds to them, the next statement ends them.
    private let dropped = Mutex<[Cursor]>([])
    private let hasDropped = Atomic(false)

    /// Declares a cursor; one of the server lives in a transaction, so one is begun where there is none.
    func open(_ statement: Statement) throws -> Cursor {
        endDropped()
        isRunning.withLock { $0 = true }
        defer { isRunning.withLock { $0 = false } }
        counter += 1
        let cursor = Cursor(name: "sluice_\(counter)", hasTransaction: PQtransactionStatus(link) == PQTRANS_IDLE)
        if cursor.hasTransaction { try command("BEGIN READ ONLY") }
        do {
            let sql = "DECLARE \(cursor.name) NO SCROLL CURSOR FOR \(statement.sql)"
            let texts = try Self.texts(of: statement)
            let result = Self.withPointers(to: texts) { pointers in
                PQexecParams(link, sql, Int32(pointers.count), nil, pointers, nil, nil, 0)
            }
            defer { PQclear(result) }
            try check(result)
        } catch {
            if cursor.hasTransaction { try? command("ROLLBACK") }
            throw error
        }
        return cursor
    }

    /// Reads the next rows of a cursor.
    func read<Result>(_ cursor: Cursor, upTo count: Int, _ body: (RowReader) throws -> Result) throws -> Result {
        isRunning.withLock { $0 = true }
        defer { isRunning.withLock { $0 = false } }
        let result = PQexec(link, "FETCH FORWARD \(count) FROM \(cursor.name)")
        defer { PQclear(result) }
        try check(result)
        return try body(PostgreSQLRows(result))
    }

    /// Ends a cursor.
    func close(_ cursor: Cursor) {
        guard link != nil else { return }
        if cursor.hasTransaction {
            try? command("COMMIT")
        } else if PQtransactionStatus(link) == PQTRANS_INTRANS, isThere(cursor) {
            try? command("CLOSE \(cursor.name)")
        }
    }

    /// Whether a cursor has not ended with its transaction or its savepoint: closing it twice would be an error, which
    /// ends the transaction that runs now.
    private func isThere(_ cursor: Cursor) -> Bool {
        let result = PQexec(link, "SELECT 1 FROM pg_cursors WHERE name = '\(cursor.name)'")
        defer { PQclear(result) }
        return PQntuples(result) == 1
    }

    /// Lets the next statement end a cursor; called by any thread.
    func drop(_ cursor: Cursor) {
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

    private func command(_ sql: String) throws {
        let result = PQexec(link, sql)
        defer { PQclear(result) }
        try check(result)
    }

    /// Hands over the addresses of texts for the length of a call.
    private static func withPointers<R>(to texts: [[CChar]?], _ body: ([UnsafePointer<CChar>?]) -> R) -> R {
        var all: [CChar] = []
        all.reserveCapacity(texts.reduce(0) { $0 + ($1?.count ?? 0) })
        var offsets: [Int?] = []
        for text in texts {
            offsets.append(text == nil ? nil : all.count)
            if let text { all += text }
        }
        return all.withUnsafeBufferPointer { buffer in
            body(offsets.map { offset in offset.flatMap { offset in buffer.baseAddress.map { $0 + offset } } })
        }
    }

    private func prepare(_ sql: String) throws -> String {
        if let name = prepared[sql] { return name }
        if uses.count >= Self.maxStatements, let oldest = uses.first {
            uses.removeFirst()
            if let name = prepared.removeValue(forKey: oldest) { PQclear(PQexec(link, "DEALLOCATE \(name)")) }
        }
        counter += 1
        let name = "sluice_\(counter)"
        let result = PQprepare(link, name, sql, 0, nil)
        defer { PQclear(result) }
        try check(result)
        prepared[sql] = name
        uses.append(sql)
        return name
    }

    private func check(_ result: OpaquePointer?) throws {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY: return
        default: break
        }
        let message = result.map { String(cString: PQresultErrorMessage($0)) } ?? String(cString: PQerrorMessage(link))
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? "08000"
        throw ModelError(Self.code(of: state), message.isEmpty ? "the connection was lost" : message.singleLine)
    }

    /// The kind of an error by its SQLSTATE.
    private static func code(of state: String) -> ModelError.Code {
        switch state.prefix(2) {
        case "23": .integrity
        case "08", "40", "53", "55", "57", "58": .operational
        case "0A": .unsupported
        case "25": .transaction
        default: .database
        }
    }
}
#endif
