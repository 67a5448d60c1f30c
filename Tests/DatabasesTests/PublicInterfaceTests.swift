// SPDX-License-Identifier: Apache-2.0

import Sluice
import Testing

@Suite("Models of an application, by the public interface alone", .timeLimit(.minutes(1)))
struct PublicInterfaceTests {
    @Test("Rows are made, found, changed and deleted, with their relations", arguments: Place.all)
    func rows(_ place: Place) async throws {
        try await place.withDatabases { _ in
            let shelf = try await Shelf.objects.create(Shelf(name: "top"))
            let reader = try await Reader.objects.create(Reader(name: "Ada"))
            var volume = try await shelf.books.create { shelf in
                Volume(title: "Notes", pages: 60, shelf: shelf.loaded ?? Shelf(name: ""))
            }
            try await volume.readers.add(reader)
            volume.pages = 61
            try await volume.save()
            let found = try await Volume.objects.filter {
                $0.shelf.name == "top" && $0.readers.any { $0.name == "Ada" }
            }
            .selectRelated(\.shelf).get()
            #expect(found.pages == 61)
            #expect(found.shelf.loaded?.name == "top")
            #expect(try await Shelf.objects.filter { $0.books.any { $0.pages > 60 } }.count() == 1)
            let report = try await shelf.delete()
            #expect(report.total == 3)
            #expect(try await Volume.objects.exists() == false)
        }
    }

    private struct Refused: Error {}

    @Test("A transaction is all or nothing", arguments: Place.all)
    func transactions(_ place: Place) async throws {
        try await place.withDatabases { databases in
            let main = databases.main
            await #expect(throws: Refused.self) {
                try await main.transaction {
                    _ = try await Shelf.objects.create(Shelf(name: "gone"))
                    let seen = try await Shelf.objects.count()
                    #expect(seen == 1)
                    throw Refused()
                }
            }
            let error = await #expect(throws: ModelError.self) {
                try await main.transaction {
                    _ = try await Shelf.objects.create(Shelf(name: "twice"))
                    _ = try await Shelf.objects.create(Shelf(name: "twice"))
                }
            }
            #expect(error?.code == .integrity)
            let left = try await Shelf.objects.count()
            #expect(left == 0)
        }
    }

    @Test("Tables that are there are left as they are", arguments: Place.all)
    func tables(_ place: Place) async throws {
        try await place.withDatabases { databases in
            _ = try await Shelf.objects.create(Shelf(name: "kept"))
            try await databases.createTables()
            #expect(try await Shelf.objects.count() == 1)
        }
    }
}
