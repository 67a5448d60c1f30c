// SPDX-License-Identifier: Apache-2.0

import Sluice
import Testing

@Suite("Rows one after the other", .timeLimit(.minutes(1)))
struct StreamTests {
    private func withShelf(_ place: Place, pool: String = "", _ body: (Databases, Shelf) async throws -> Void)
        async throws
    {
        try await place.withURLs("default") { urls in
            let urls = urls.mapValues { url in
                pool.isEmpty || url.hasSuffix(":memory:") ? url : url + (url.contains("?") ? "&" : "?") + pool
            }
            let models: [any Model.Type] = [Reader.self, Shelf.self, Volume.self]
            let databases = try Databases(
                urls, schema: Schema(models.map { $0.declaration }), backends: [.sqlite, .postgreSQL])
            try await databases.createTables()
            let result = await Result { () async throws in
                try await databases.run {
                    let shelf = try await Shelf.objects.create(Shelf(name: "long"))
                    let volumes = (0..<25).map { (page: Int) in Volume(title: "v\(page)", pages: page, shelf: shelf) }
                    _ = try await Volume.objects.bulkCreate(volumes)
                    try await body(databases, shelf)
                }
            }
            await databases.close()
            try result.get()
        }
    }

    private let ordered = Volume.objects.order(by: \.id.asc)

    @Test("All rows come in their order, whatever the size of a part", arguments: Place.all, [1, 5, 7, 25, 100])
    func order(_ place: Place, _ chunk: Int) async throws {
        try await withShelf(place) { _, _ in
            var pages: [Int?] = []
            for try await volume in ordered.stream(chunk: chunk) { pages.append(volume.pages) }
            #expect(pages == Array(0..<25))
            var titles: [String] = []
            for try await title in ordered.values(\.title).stream(chunk: chunk) { titles.append(title) }
            #expect(titles == (0..<25).map { "v\($0)" })
            for try await _ in Volume.objects.none().stream(chunk: chunk) { Issue.record("a row of none") }
            // The stream is a value: each loop asks anew.
            let stream = ordered.filter { $0.pages > 19 }.stream(chunk: chunk)
            for _ in 0..<2 {
                var count = 0
                for try await _ in stream { count += 1 }
                #expect(count == 5)
            }
        }
    }

    @Test("A loop may ask, and write, in between", arguments: Place.all)
    func statementsInBetween(_ place: Place) async throws {
        try await withShelf(place) { databases, shelf in
            func double() async throws {
                for try await volume in ordered.stream(chunk: 4) {
                    let count = try await shelf.books.count()
                    #expect(count == 25)
                    try await Volume.objects.filter { $0.id == volume.id }.update { $0.title.set(to: "seen") }
                }
            }
            try await double()
            #expect(try await Volume.objects.filter { $0.title == "seen" }.count() == 25)
            try await databases.main.transaction { try await double() }
        }
    }

    @Test("What is prefetched comes with each part", arguments: Place.all)
    func prefetching(_ place: Place) async throws {
        try await withShelf(place) { _, _ in
            let reader = try await Reader.objects.create(Reader(name: "Ada"))
            for volume in try await ordered.fetch() where volume.id % 2 == 0 { try await volume.readers.add(reader) }
            var names: [Int: [String]] = [:]
            for try await volume in ordered.prefetchRelated(\.readers).selectRelated(\.shelf).stream(chunk: 10) {
                names[volume.id] = volume.readers.loaded?.map(\.name)
                #expect(volume.shelf.loaded?.name == "long")
            }
            #expect(names.count == 25)
            for (id, names) in names { #expect(names == (id % 2 == 0 ? ["Ada"] : [])) }
        }
    }

    private struct Enough: Error {}

    @Test("A loop that is left by break, an error or cancellation gives its only link back", arguments: Place.all)
    func leaving(_ place: Place) async throws {
        try await withShelf(place, pool: "pool_max=1&pool_wait=30") { _, _ in
            for _ in 0..<3 {
                for try await _ in ordered.stream(chunk: 2) { break }
                #expect(try await Volume.objects.count() == 25)
                await #expect(throws: Enough.self) {
                    for try await _ in ordered.stream(chunk: 2) { throw Enough() }
                }
                #expect(try await Volume.objects.count() == 25)
                // What the database refuses is an error of the loop.
                let wrong = ordered.values { _ in Expr<Int>.sql("no_such_column") }.stream(chunk: 2)
                await #expect(throws: ModelError.self) { for try await _ in wrong {} }
                #expect(try await Volume.objects.count() == 25)
                let reading = Task {
                    for try await _ in ordered.stream(chunk: 1) { withUnsafeCurrentTask { $0?.cancel() } }
                }
                await #expect(throws: CancellationError.self) { try await reading.value }
                #expect(try await Volume.objects.count() == 25)
            }
        }
    }

    @Test("In a transaction it ends with it", arguments: Place.all)
    func transactions(_ place: Place) async throws {
        try await withShelf(place) { databases, _ in
            var iterator = ordered.stream(chunk: 2).makeAsyncIterator()
            try await databases.main.transaction {
                for try await _ in ordered.stream(chunk: 3) { break }
                _ = try await iterator.next()
                try await databases.main.transaction {
                    for try await _ in ordered.stream(chunk: 3) { break }
                }
                try await Volume.objects.all().update { $0.pages.set(to: 1) }
            }
            // What was read before is still there, the next part is not.
            _ = try await iterator.next()
            let error = await #expect(throws: ModelError.self) { try await iterator.next() }
            #expect(error?.code == .transaction)
            #expect(try await Volume.objects.filter { $0.pages == 1 }.count() == 25)
        }
    }

    @Test("Other tasks' transactions are not seen through a stream", arguments: Place.all)
    func isolation(_ place: Place) async throws {
        try await withShelf(place) { databases, _ in
            var iterator = ordered.stream(chunk: 1).makeAsyncIterator()
            let first = try await iterator.next()
            #expect(first?.pages == 0)
            try? await databases.main.transaction {
                try await Volume.objects.all().update { $0.pages.set(to: 99) }
                throw Enough()
            }
            let second = try await iterator.next()
            #expect(second?.pages == 1)
        }
    }
}
