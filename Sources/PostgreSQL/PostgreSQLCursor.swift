// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
internal import SluiceModels
internal import Synchronization

/// A cursor of the server (`DECLARE`), from which a part is fetched when its rows are wanted.
final class PostgreSQLCursor: RowCursor {
    private let connection: PostgreSQLConnection
    private let core: PostgreSQLCore
    private let cursor: PostgreSQLCore.Cursor
    private let isClosed = Atomic(false)

    init(_ connection: PostgreSQLConnection, _ core: PostgreSQLCore, _ cursor: PostgreSQLCore.Cursor) {
        self.connection = connection
        self.core = core
        self.cursor = cursor
    }

    func read<Result: Sendable>(
        upTo count: Int, _ body: @Sendable (RowReader) throws -> Result
    ) async throws -> Result {
        guard !isClosed.load(ordering: .relaxed) else { throw ModelError(.operational, "the rows were given up") }
        return try await connection.onThread { [cursor] in try $0.read(cursor, upTo: count, body) }
    }

    func close() async {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        await connection.close(cursor)
    }

    deinit { if !isClosed.load(ordering: .relaxed) { core.drop(cursor) } }
}
#endif
