// SPDX-License-Identifier: Apache-2.0

internal import SluiceModels
internal import Synchronization

/// A statement that is stepped when its rows are wanted; between two parts its link does other statements.
final class SQLiteCursor: RowCursor {
    private let connection: SQLiteConnection
    private let core: SQLiteCore
    private let handle: UInt
    private let isClosed = Atomic(false)

    init(_ connection: SQLiteConnection, _ core: SQLiteCore, _ handle: UInt) {
        self.connection = connection
        self.core = core
        self.handle = handle
    }

    func read<Result: Sendable>(
        upTo count: Int, _ body: @Sendable (RowReader) throws -> Result
    ) async throws -> Result {
        guard !isClosed.load(ordering: .relaxed) else { throw ModelError(.operational, "the rows were given up") }
        return try await connection.onThread { [handle] in try $0.read(handle, upTo: count, body) }
    }

    func close() async {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        await connection.close(handle)
    }

    deinit { if !isClosed.load(ordering: .relaxed) { core.drop(handle) } }
}
