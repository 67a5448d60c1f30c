// SPDX-License-Identifier: Apache-2.0

import Sluice
import Testing

@Suite("Relations between databases", .timeLimit(.minutes(1)))
struct RelationsBetweenDatabasesTests {
    /// Minds only whether relations are allowed.
    private struct Opinion: DatabaseRouter {
        let allows: Bool?
        func allowsRelation(_ first: ModelSchema, _ second: ModelSchema) -> Bool? { allows }
    }

    private let models: [any Model.Type] = [Reader.self, Shelf.self, Volume.self]

    private func withTwo(
        _ place: Place, _ allows: Bool?, _ body: (_ near: Shelf, _ far: Shelf) async throws -> Void
    ) async throws {
        try await place.withURLs("default", "other") { urls in
            let databases = try Databases(
                urls, schema: Schema(models.map { $0.declaration }), backends: [.sqlite, .postgreSQL],
                routers: [Opinion(allows: allows)])
            try await databases.createTables()
            let result = await Result { () async throws in
                try await databases.run {
                    let near = try await Shelf.objects.create(Shelf(name: "near"))
                    let far = try await Shelf.objects.using("other").create(Shelf(name: "far"))
                    try await body(near, far)
                }
            }
            await databases.close()
            try result.get()
        }
    }

    private func expectRefusal(_ body: () async throws -> Void) async {
        let error = await #expect(throws: ModelError.self) { try await body() }
        #expect(error?.code == .value, "\(error as Any)")
    }

    @Test("An object refers to one of its own database, unless a router says otherwise", arguments: Place.all)
    func byDatabase(_ place: Place) async throws {
        try await withTwo(place, nil) { near, far in
            _ = try await Volume.objects.create(Volume(title: "near", shelf: near))
            await expectRefusal { _ = try await Volume.objects.create(Volume(title: "far", shelf: far)) }
            let there = try await Volume.objects.using("other").create(Volume(title: "far", shelf: far))
            await expectRefusal { try await near.books.add(there) }
            let reader = try await Reader.objects.create(Reader(name: "Ada"))
            await expectRefusal { try await there.readers.add(reader) }
            await expectRefusal { try await there.readers.set([reader]) }
            // What comes by its key alone is not known to be elsewhere.
            var volume = there
            volume.shelf = .id(far.id)
            try await volume.save()
            #expect(try await Volume.objects.count() == 1)
            #expect(try await Volume.objects.using("other").count() == 1)
        }
    }

    @Test("A router that allows them is believed", arguments: Place.all)
    func allowed(_ place: Place) async throws {
        try await withTwo(place, true) { near, far in
            #expect(near.id == far.id)
            _ = try await Volume.objects.create(Volume(title: "far", shelf: far))
            #expect(try await near.books.count() == 1)
        }
    }

    @Test("A router that refuses them refuses them in one database too", arguments: Place.all)
    func refused(_ place: Place) async throws {
        try await withTwo(place, false) { near, _ in
            await expectRefusal { _ = try await Volume.objects.create(Volume(title: "near", shelf: near)) }
            let count = try await Volume.objects.count()
            #expect(count == 0)
        }
    }
}
