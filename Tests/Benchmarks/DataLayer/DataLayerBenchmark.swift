// SPDX-License-Identifier: Apache-2.0

import DataLayerFloor
import Foundation
import SluiceModels
import SluiceSQLite

/// A row as the typed models read it: straight from the statement.
struct Entry: Sendable {
    var id: Int64
    var blog: Int64
    var headline: String
    var bodyText: String
    var pubDate: Day
    var comments: Int64
    var rating: Int64?

    init(_ row: RowReader, from column: Int = 0) throws {
        id = row.int(column)
        blog = row.int(column + 1)
        headline = row.text(column + 2)
        bodyText = row.text(column + 3)
        pubDate = try row.day(column + 4)
        comments = row.int(column + 5)
        rating = row.isNull(column + 6) ? nil : row.int(column + 6)
    }
}

/// The data layer against SQLite itself, on one file in one run: medians of five.
@main
struct DataLayerBenchmark {
    static let schema = try? Schema([
        ModelDeclaration("bench", "Blog", [FieldDeclaration("name", .char(100))]),
        ModelDeclaration(
            "bench", "Entry",
            [
                .reference("blog", to: "Blog", onDelete: .cascade), FieldDeclaration("headline", .char(255)),
                FieldDeclaration("body_text", .text), FieldDeclaration("pub_date", .date),
                FieldDeclaration("n_comments", .integer), FieldDeclaration("rating", .integer, null: true),
            ]),
    ])

    static func main() async throws {
        guard let schema else { return }
        let path = FileManager.default.temporaryDirectory.appending(path: "sluice-data-layer-\(getpid()).sqlite").path
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let database = Database(schema: schema, driver: SQLiteDriver(path: path))
        // Only the building of queries, for a profiler.
        if CommandLine.arguments.contains("build") {
            for _ in 0..<4 { try building(database) }
            return
        }
        try await fill(database)
        guard let floor = floor_open(path) else { return }
        defer { floor_close(floor) }
        let entries = QueryTree("bench.Entry")
        try await compare("insert 10,000", limit: 2, { floor_insert(floor, 10_000) }) {
            try await rolledBack(database) { try await insert(database, 10_000) }
        }
        try await compare("fetch 100,000", limit: 2.5, { floor_fetch(floor, 100_000) }) {
            try await fetch(database, entries)
        }
        try await compare("1,000 gets", limit: 2.5, { floor_gets(floor, 1000) }) {
            for index in 0..<1000 {
                let key = Value.int(Int64(1 + (index * 97) % 100_000))
                let one = entries.filter(.compare(LookupPath(["id"]), transforms: [], "exact", .value(key))).forGet
                try await fetch(database, one)
            }
        }
        try await compare("select related, 10,000", limit: 3, { floor_related(floor, 10_000) }) {
            try await fetch(database, entries.adding(.selectRelated(["blog"])).adding(.slice(offset: 0, limit: 10_000)))
        }
        try await compare("prefetch 1,000 × 5", limit: 4, { floor_prefetch(floor, 1000) }) {
            let blogs = try database.planner.select(QueryTree("bench.Blog"))
            let keys = try await database.run(blogs.statement, writing: false) { rows in
                var keys: [Value] = []
                while try rows.next() {
                    keys.append(.int(rows.int(0)))
                    _ = rows.text(1)
                }
                return keys
            }
            let some = entries.filter(.compare(LookupPath(["blog"]), transforms: [], "in", .value(.list(keys))))
            try await fetch(database, some.adding(.slice(offset: 0, limit: 5000)))
        }
        try await compare("1,000 creates", limit: 3, { floor_creates(floor, 1000) }) {
            try await rolledBack(database) { for index in 0..<1000 { try await create(database, index) } }
        }
        try building(database)
        await database.close()
    }

    // MARK: What is measured

    struct Undo: Error {}

    static func rolledBack(_ database: Database, _ body: () async throws -> Void) async throws {
        do {
            try await database.transaction {
                try await body()
                throw Undo()
            }
        } catch is Undo {}
    }

    static func row(_ index: Int) -> [Assignment] {
        [
            .value(.int(Int64(1 + index % 1000))), .value("A headline of some length"), .value("A body text"),
            .value(.day(Day(number: 19_782))), .value(.int(Int64(index % 50))), .value(.int(Int64(index % 5))),
        ]
    }

    static func insert(_ database: Database, _ count: Int) async throws {
        guard let model = schema?.model("bench.Entry") else { return }
        let fields = Array(model.localFields.dropFirst())
        for start in stride(from: 0, to: count, by: 500) {
            try await database.execute(
                try database.planner.insert(model, fields, (start..<min(start + 500, count)).map(row)))
        }
    }

    static func create(_ database: Database, _ index: Int) async throws {
        guard let model = schema?.model("bench.Entry") else { return }
        let statement = try database.planner.insert(
            model, Array(model.localFields.dropFirst()), [row(index)], returning: [model.primaryKey])
        _ = try await database.run(statement, writing: true) { try $0.next() ? $0.int(0) : 0 }
    }

    @discardableResult
    static func fetch(_ database: Database, _ tree: QueryTree) async throws -> Int {
        let plan = try database.plan(tree)
        let isRelated = plan.kinds.count > 7
        let found = try await database.run(plan.statement, writing: false) { rows in
            var entries: [Entry] = []
            var names: [String] = []
            while try rows.next() {
                entries.append(try Entry(rows))
                if isRelated { names.append(rows.text(8)) }
            }
            return entries
        }
        return found.count
    }

    static func building(_ database: Database) throws {
        let tree = QueryTree("bench.Entry")
            .filter(
                .and([
                    .lookup(LookupPath("blog__name__startswith"), .value("B")),
                    .lookup(LookupPath("rating__gt"), .value(3)),
                ])
            )
            .adding(.exclude(.lookup(LookupPath("pub_date__year"), .value(2005))))
            .adding(.order([Ordering(name: "-pub_date"), Ordering(name: "blog__name")])).adding(
                .slice(offset: 0, limit: 10))
        var times: [Double] = []
        for _ in 0..<5 {
            let start = ContinuousClock.now
            for _ in 0..<1000 { _ = try database.planner.select(tree) }
            times.append(seconds(.now - start))
        }
        print(String(format: "%-24@ %8.4f ms each, wanted %.4f", "build a query" as NSString, times.sorted()[2], 0.02))
    }

    // MARK: How

    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    static func compare(
        _ name: String, limit: Double, _ floor: () -> Double, _ body: () async throws -> Void
    ) async throws {
        var floors: [Double] = []
        var own: [Double] = []
        for round in 0..<6 {
            let bare = floor()
            let start = ContinuousClock.now
            try await body()
            let length = seconds(.now - start)
            // The first round warms up.
            if round > 0 {
                floors.append(bare)
                own.append(length)
            }
        }
        let (bare, length) = (floors.sorted()[2], own.sorted()[2])
        print(
            String(
                format: "%-24@ %8.2f ms, SQLite itself %8.2f ms, %5.2f × (wanted %.1f)", name as NSString,
                length * 1000,
                bare * 1000, length / bare, limit))
    }

    static func fill(_ database: Database) async throws {
        for sql in try TableWriter.createAll(database.schema, on: database.driver.dialect) {
            try await database.execute(Statement(sql: sql))
        }
        guard let blog = schema?.model("bench.Blog"), let name = blog.field("name") else { return }
        try await database.transaction {
            let names = (0..<1000).map { [Assignment.value(.text("Blog \($0)"))] }
            try await database.execute(try database.planner.insert(blog, [name], names))
            try await insert(database, 100_000)
        }
    }
}
