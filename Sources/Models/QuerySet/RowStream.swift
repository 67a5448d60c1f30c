// SPDX-License-Identifier: Apache-2.0

/// The rows of a query one after the other, of which only a part is in memory (Django's `iterator(chunk_size=)`).
///
/// ```swift
/// for try await entry in Entry.objects.order(by: \.id.asc).stream() { … }
/// ```
/// Each loop is one statement, sent when its first row is wanted. Outside of a transaction it keeps a link of the pool
/// until its last row, an error, or the end of the loop; all of its rows are of one moment. Inside of one it uses the
/// transaction's link, and ends with it: reading on is then a `ModelError` with the code `.transaction`.
public struct RowStream<Row: Sendable>: AsyncSequence, Sendable {
    /// A statement whose rows are being read.
    struct Reading: Sendable {
        let cursor: LeasedCursor
        /// The next rows of a cursor, at most so many, and how many there were to read: fewer after the last one.
        let next: @Sendable (LeasedCursor, Int) async throws -> (rows: [Row], read: Int)
    }

    private let chunk: Int
    private let open: @Sendable () async throws -> Reading?

    /// `open` sends the statement; nil if it is known that there is no row.
    init(chunk: Int, open: @escaping @Sendable () async throws -> Reading?) {
        precondition(chunk > 0, "a part has at least one row")
        self.chunk = chunk
        self.open = open
    }

    /// Reads the rows from the first one on.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }

    /// Where a loop stands.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private enum State {
            case new
            case open(Reading)
            case over
        }
        private let stream: RowStream
        private var state = State.new
        private var rows: [Row] = []
        private var position = 0

        fileprivate init(stream: RowStream) { self.stream = stream }

        /// The next row; nil after the last one. Throws as a query does.
        public mutating func next() async throws -> Row? {
            if position == rows.count {
                rows = []
                position = 0
                try await fill()
            }
            guard position < rows.count else { return nil }
            defer { position += 1 }
            return rows[position]
        }

        private mutating func fill() async throws {
            if case .new = state {
                state = .over
                if let reading = try await stream.open() { state = .open(reading) }
            }
            guard case .open(let reading) = state else { return }
            do {
                let (rows, read) = try await reading.next(reading.cursor, stream.chunk)
                self.rows = rows
                if read < stream.chunk {
                    state = .over
                    await reading.cursor.close()
                }
            } catch {
                state = .over
                await reading.cursor.close()
                throw error
            }
        }
    }
}

extension Queryable {
    /// The objects one after the other, so many of them in memory at once; 2,000 if nothing is said.
    ///
    /// What is prefetched is so for each part, by its own statements.
    public func stream(chunk: Int = 2_000) -> RowStream<Root> {
        let set = querySet
        return RowStream(chunk: chunk) {
            let databases = try Databases.required()
            let database = try databases.store.reading(set.tree)
            let plan = try database.plan(set.tree)
            guard case .object(let shape, _) = plan.rows else {
                throw ModelError(.type, "a query of values has no objects")
            }
            if plan.locksRows, database.transaction == nil {
                throw ModelError(.transaction, "rows can be locked only in a transaction.")
            }
            guard !plan.isEmpty else { return nil }
            let cursor = try await database.cursor(plan.statement, writing: plan.locksRows)
            let (kinds, types, prefetches) = (plan.kinds, set.types, plan.prefetches)
            guard prefetches.isEmpty else {
                let name = database.name
                return RowStream<Root>.Reading(cursor: cursor) { cursor, count in
                    var records = try await cursor.read(upTo: count) { reader in
                        try reader.all { try RecordStore.record(shape, reader, kinds, database: name) }
                    }
                    try await databases.store.load(prefetches, into: &records, database: database)
                    let objects = try records.map { record in
                        var row = ModelRow(record, types: types, prefix: "")
                        return try Root(row: &row)
                    }
                    return (objects, records.count)
                }
            }
            let name = database === databases.main ? nil : database.name
            return RowStream<Root>.Reading(cursor: cursor) { cursor, count in
                let objects = try await cursor.read(upTo: count) { reader in
                    try reader.all { () -> Root? in
                        var row = ModelRow(reader, kinds, shape, database: name, types: types, prefix: "")
                        return try Root(row: &row)
                    }
                }
                return (objects, objects.count)
            }
        }
    }
}

extension ValuesQuerySet {
    /// The rows one after the other, so many of them in memory at once; 2,000 if nothing is said.
    public func stream(chunk: Int = 2_000) -> RowStream<Row> {
        let (tree, decode) = (tree, decode)
        return RowStream(chunk: chunk) {
            let database = try Databases.required().store.reading(tree)
            let plan = try database.plan(tree)
            guard !plan.isEmpty else { return nil }
            guard case .values(let shape) = plan.rows else {
                throw ModelError(.type, "a query of objects has no values")
            }
            let (kinds, columns) = (plan.kinds, shape.flatMap(\.columns))
            let cursor = try await database.cursor(plan.statement, writing: false)
            return RowStream<Row>.Reading(cursor: cursor) { cursor, count in
                let rows = try await cursor.read(upTo: count) { reader in
                    try reader.all { () -> Row? in
                        var row = ValuesRow(reader, kinds, columns)
                        return try decode(&row)
                    }
                }
                return (rows, rows.count)
            }
        }
    }
}

extension RowReader {
    /// What is made of each further row.
    fileprivate func all<Row>(_ make: () throws -> Row?) throws -> [Row] {
        var rows: [Row] = []
        while try next() { if let row = try make() { rows.append(row) } }
        return rows
    }
}
