// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Synchronization
import Testing

@Suite("Who sends which statements, and how often", .timeLimit(.minutes(1)))
struct QueryGuardTests {
    private func withShelves(_ place: Place, _ count: Int, _ body: (Databases) async throws -> Void) async throws {
        try await place.withDatabases { databases in
            for number in 0..<count {
                let shelf = try await Shelf.objects.create(Shelf(name: "\(number)"))
                _ = try await Volume.objects.create(Volume(title: "v\(number)", shelf: shelf))
            }
            try await body(databases)
        }
    }

    @Test(
        "A relation that is asked for object by object is reported once, with its number and its line",
        arguments: Place.all)
    func reported(_ place: Place) async throws {
        try await withShelves(place, 8) { _ in
            let findings = Mutex<[QueryGuard.Finding]>([])
            let queries = QueryGuard(limit: 5) { finding in findings.withLock { $0.append(finding) } }
            let line = #line + 4
            func names() async throws -> [String] {
                var names: [String] = []
                for volume in try await Volume.objects.fetch() {
                    names.append(try await volume.shelf.get().name)
                }
                return names
            }
            let all = try await queries.run { try await names() }
            #expect(all.count == 8)
            let found = findings.withLock { $0 }
            #expect(found.count == 1)
            #expect(found.first?.count == 6)
            #expect(found.first?.callSite == CallSite.test(line))
            #expect(found.first?.sql.contains("library_shelf") == true)
            // Another run is counted for itself, and the remedy is none to complain about.
            try await queries.run { for _ in 0..<5 { _ = try await Shelf.objects.count() } }
            try await queries.run {
                for volume in try await Volume.objects.selectRelated(\.shelf).fetch() {
                    _ = try await volume.shelf.get()
                }
            }
            #expect(findings.withLock { $0.count } == 1)
        }
    }

    @Test("In a test, a statement beyond the limit throws and is not sent", arguments: Place.all)
    func failing(_ place: Place) async throws {
        try await withShelves(place, 4) { _ in
            let (_, log) = await QueryLog.record {
                let error = await #expect(throws: ModelError.self) {
                    try await QueryGuard.failing(limit: 3).run {
                        for volume in try await Volume.objects.fetch() { _ = try await volume.shelf.get() }
                    }
                }
                #expect(error?.code == .repeated)
                #expect("\(error as Any)".contains("sent 4 times, at last by DatabasesTests/QueryGuardTests.swift:"))
            }
            #expect(log.count == 4)
        }
    }

    @Test("Tasks of a request are counted with it")
    func tasks() async throws {
        try await Place(kind: .memory).withDatabases { _ in
            await #expect(throws: ModelError.self) {
                try await QueryGuard.failing(limit: 3).run {
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for _ in 0..<4 { group.addTask { try await Shelf.objects.count() } }
                        for try await _ in group {}
                    }
                }
            }
        }
    }

    @Test("Each statement of a log has its line: of reads, writes, relations", arguments: Place.all)
    func callSites(_ place: Place) async throws {
        try await withShelves(place, 1) { _ in
            let first = #line + 2
            let (_, log) = try await QueryLog.record {
                var shelf = try await Shelf.objects.get { $0.name == "0" }
                try await shelf.save()
                _ = try await shelf.books.first()
                _ = try await Volume.objects.values(\.title).fetch()
                _ = try await Volume.objects.filter { $0.id > 0 }.update { $0.pages.set(to: 1) }
                for try await _ in Volume.objects.stream() {}
            }
            let sites = log.entries.map(\.callSite)
            #expect(sites == (0..<5).map { CallSite.test(first + $0) } + [nil])
        }
    }

    @Test("The middleware warns once for each statement of a request")
    func middleware() async throws {
        try await withShelves(Place(kind: .memory), 12) { _ in
            let log = RecordedLog()
            let routes = URLRouter<HTTP> {
                Route("/") { _ in
                    for volume in try await Volume.objects.fetch() { _ = try await volume.shelf.get() }
                    return .text("ok")
                }
            }
            let router = routes.wrapped(in: QueryGuardMiddleware())
            for _ in 0..<2 {
                let communicator = HTTPCommunicator(router) {
                    $0.connection = ConnectionContext(clock: SystemTime(), logger: log.logger())
                }
                let response = try await communicator.response(timeout: .seconds(20))
                #expect(response.status == .ok)
            }
            let warnings = log.lines.filter { $0.description.hasPrefix("warning ") }
            #expect(warnings.count == 2)
            #expect(warnings.first?.metadata["count"] == "11")
            #expect(warnings.first?.metadata["by"]?.hasPrefix("DatabasesTests/QueryGuardTests.swift:") == true)
        }
    }
}

extension CallSite {
    /// A line of this file.
    fileprivate static func test(_ line: Int) -> CallSite {
        CallSite(fileID: "DatabasesTests/QueryGuardTests.swift", line: line)
    }
}
