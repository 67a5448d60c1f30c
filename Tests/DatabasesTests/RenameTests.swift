// SPDX-License-Identifier: Apache-2.0

import Sluice
import Testing

/// Two forms of the same tables, the second under other names.
private enum Former {
    @Model("names", name: "Author")
    struct Writer {
        @Column(max: 40) var name: String
    }
    @Model("names", name: "Book")
    struct Work {
        var pages: Int
        @Reference(to: "Author") var writer: Ref<Writer>
    }
}

private enum Latter {
    @Model("names", name: "Poet", was: "names_author")
    struct Poet {
        @Column(max: 40, was: "name") var penName: String
    }
    @Model("names", name: "Poem", was: "names_book")
    struct Poem {
        @Column(was: "pages") var lines: Int
        @Reference(was: "writer_id") var poet: Ref<Poet>
    }
}

@Suite("Other names for what is there", .timeLimit(.minutes(1)))
struct RenameTests {
    @Test(
        "@Model and its fields say what they were called; rows stay", arguments: Place.all.filter { $0.kind != .memory }
    )
    func renamed(_ place: Place) async throws {
        try await place.withURLs("default") { urls in
            func databases(_ models: [any Model.Type]) throws -> Databases {
                try Databases(urls, schema: Schema(models.map { $0.declaration }), backends: [.sqlite, .postgreSQL])
            }
            let old = try databases([Former.Writer.self, Former.Work.self])
            var history = try MigrationHistory([])
            let first = try #require(try history.next(old.main.schema))
            try history.append(first)
            try await Migrator(old, history).migrate(old.main)
            try await old.run {
                let writer = try await Former.Writer.objects.create(Former.Writer(name: "Ada"))
                _ = try await Former.Work.objects.create(Former.Work(pages: 3, writer: .to(writer)))
            }
            await old.close()
            let new = try databases([Latter.Poet.self, Latter.Poem.self])
            let second = try #require(try history.next(new.main.schema))
            #expect(!second.operations.contains { $0.losesData })
            try history.append(second)
            try await Migrator(new, history).migrate(new.main)
            try await new.run {
                let poem = try await Latter.Poem.objects.selectRelated(\.poet).get { $0.poet.penName == "Ada" }
                #expect(poem.lines == 3 && poem.poet.loaded?.penName == "Ada")
            }
            #expect(try history.next(new.main.schema) == nil)
            await new.close()
        }
    }
}
