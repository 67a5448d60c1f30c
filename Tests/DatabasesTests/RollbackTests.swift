// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@Suite("Databases in tests", .timeLimit(.minutes(1)))
struct RollbackTests {
    private struct Refused: Error {}

    private func names() async throws -> [String] {
        try await Shelf.objects.order(by: \.name.asc).values(\.name).fetch()
    }

    @Test("What a test writes is gone behind it, and nothing looks different meanwhile", arguments: Place.all)
    func rollback(_ place: Place) async throws {
        try await place.withDatabases { databases in
            _ = try await Shelf.objects.create(Shelf(name: "before"))
            do {
                try await withRollback(of: databases) {
                    _ = try await Shelf.objects.create(Shelf(name: "new"))
                    // A statement that fails is undone alone, as outside of a transaction.
                    let error = await #expect(throws: ModelError.self) {
                        try await Shelf.objects.create(Shelf(name: "new"))
                    }
                    #expect(error?.code == .integrity)
                    try? await databases.main.transaction {
                        _ = try await Shelf.objects.create(Shelf(name: "inner"))
                        throw Refused()
                    }
                    try await databases.main.transaction {
                        try await databases.main.transaction {
                            _ = try await Shelf.objects.create(Shelf(name: "kept"))
                        }
                    }
                    let seen = try await names()
                    #expect(seen == ["before", "kept", "new"])
                    if place.kind == .postgreSQL {
                        let locks = await #expect(throws: ModelError.self) {
                            try await Shelf.objects.selectForUpdate().fetch()
                        }
                        #expect(locks?.code == .transaction)
                    }
                    for try await _ in Shelf.objects.stream(chunk: 1) { break }
                    let wrong = await #expect(throws: ModelError.self) {
                        for try await _ in Shelf.objects.filter({ _ in .sql("no_such_column = 1") }).stream() {}
                    }
                    #expect(wrong?.code == .database)
                    let left = try await names()
                    #expect(left == seen)
                    throw Refused()
                }
            } catch is Refused {}
            #expect(try await names() == ["before"])
        }
    }

    @Test("Actions for after a commit are done behind each transaction", arguments: Place.all)
    func afterCommit(_ place: Place) async throws {
        try await place.withDatabases { databases in
            try await withRollback(of: databases) {
                let (actions, done) = AsyncStream.makeStream(of: String.self)
                await databases.main.onCommit { done.yield("at once") }
                try await databases.main.transaction {
                    await databases.main.onCommit { done.yield("behind") }
                    done.yield("in")
                }
                done.finish()
                let all = await actions.reduce(into: []) { $0.append($1) }
                #expect(all == ["at once", "in", "behind"])
            }
        }
    }

    @Test("Twenty tasks have their transactions one after the other", arguments: Place.all)
    func tasks(_ place: Place) async throws {
        try await place.withDatabases { databases in
            try await withRollback(of: databases) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<20 {
                        group.addTask {
                            try? await databases.main.transaction {
                                _ = try await Shelf.objects.create(Shelf(name: "\(number)"))
                                await Task.yield()
                                if number % 2 == 1 { throw Refused() }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let count = try await Shelf.objects.count()
                #expect(count == 10)
            }
            #expect(try await names() == [])
        }
    }

    private final class Librarian: Consumer {
        override func receive(text: String) async throws {
            let name = text
            _ = try await Shelf.objects.create(Shelf(name: name))
            try await send(text: "\(try await Shelf.objects.count())")
        }
    }

    private let router = URLRouter<HTTP> {
        Route("/shelves/") { _ in
            _ = try await Shelf.objects.create(Shelf(name: "by a view"))
            return .text(try await Shelf.objects.values(\.name).fetch().sorted().joined(separator: ","))
        }
    }

    @Test("Views and consumers share the test's transaction, a live server's too", arguments: Place.all)
    func sharing(_ place: Place) async throws {
        try await place.withDatabases { databases in
            try await withRollback(of: databases) {
                _ = try await Shelf.objects.create(Shelf(name: "by the test"))
                var state = LifespanState.testing()
                state.databases = databases
                let view = HTTPCommunicator(router, path: "/shelves/", state: state)
                let page = try await view.response(timeout: .seconds(20))
                #expect(page.text == "by a view,by the test")
                let socket = WebSocketCommunicator(ConsumerApplication(Librarian.init), state: state)
                try await socket.connect(timeout: .seconds(20))
                socket.send(text: "by a consumer")
                #expect(try await socket.receiveText(timeout: .seconds(20)) == "3")
                try await socket.disconnect()
                #expect(try await names() == ["by a consumer", "by a view", "by the test"])
                try await Shelf.objects.filter { $0.name == "by a view" }.delete()

                state.shareTransactions()
                try await withLiveServer(ProtocolTypeRouter(http: router), state: state) { server in
                    let response = try await server.http().request(.get, "/shelves/")
                    #expect(response.text == "by a consumer,by a view,by the test")
                }
            }
            #expect(try await names() == [])
        }
    }

    @Test("Statements are counted; too many are named with their lines", arguments: Place.all)
    func counting(_ place: Place) async throws {
        try await place.withDatabases { databases in
            let shelf = try await expectStatements(1) { try await Shelf.objects.create(Shelf(name: "a")) }
            #expect(shelf.id > 0)
            try await expectStatements(atMost: 2) { _ = try await Shelf.objects.count() }
            try await expectStatements(0) { try await databases.main.transaction {} }
            let error = await #expect(throws: CommunicatorError.self) {
                try await expectStatements(2...3) { _ = try await Shelf.objects.exists() }
            }
            #expect(error?.description.hasPrefix("1 statements were sent, not 2 to 3:\n  SELECT ") == true)
            #expect(error?.description.contains("(DatabasesTests/RollbackTests.swift:") == true)
        }
    }

    @Test("What a query becomes stands in the test")
    func snapshots() async throws {
        try await Place(kind: .memory).withDatabases { _ in
            let query = Volume.objects.filter { $0.shelf.name == "top" }.order(by: \.id.asc)
            let error = #expect(throws: CommunicatorError.self) { try expectSQL(query, "") }
            let shown = try #require(error?.description.split(separator: "\n", maxSplits: 1).last.map(String.init))
            #expect(shown.hasPrefix("SELECT \"library_volume\".\"id\""))
            #expect(shown.contains("\nFROM \"library_volume\"\nINNER JOIN \"library_shelf\""))
            try expectSQL(query, shown, binds: ["top"])
            #expect(throws: CommunicatorError.self) { try expectSQL(query, shown, binds: ["bottom"]) }
        }
    }
}

@Suite("Databases keep to the suite for their authors", .timeLimit(.minutes(2)))
struct DatabaseConformanceTests {
    @Test("conforms", arguments: Place.all, DatabaseConformance.checks)
    func conforms(_ place: Place, _ check: DatabaseConformance.Check) async throws {
        try await place.withURLs("default") { urls in
            try await check.run(on: urls["default"] ?? "", backends: [.sqlite, .postgreSQL])
        }
    }
}
