// SPDX-License-Identifier: Apache-2.0

#if Models
import SluiceModels
import Synchronization

extension DatabaseConformance {
    private typealias Item = ConformanceItem
    private struct Undo: Error {}

    private static func names() async throws -> [String] {
        try await Item.objects.order(by: \.name.asc).values(\.name).fetch()
    }

    static let transactions: [Check] = [
        Check("A transaction is all or nothing, and so is a savepoint") { databases in
            let main = databases.main
            do {
                try await main.transaction {
                    _ = try await Item.objects.create(Item(name: "gone"))
                    throw Undo()
                }
            } catch is Undo {}
            try expect(try await names().isEmpty, "a transaction that threw has left rows")
            try await main.transaction {
                _ = try await Item.objects.create(Item(name: "kept"))
                do {
                    try await main.transaction {
                        _ = try await Item.objects.create(Item(name: "gone"))
                        throw Undo()
                    }
                } catch is Undo {}
                do {
                    try await main.transaction { _ = try await Item.objects.create(Item(name: "kept")) }
                } catch let error as ModelError where error.code == .integrity {}
                _ = try await Item.objects.create(Item(name: "later"))
            }
            let left = try await names()
            try expect(left == ["kept", "later"], "left are \(left)")
        },
        Check("Nobody else sees what is not committed") { databases in
            guard databases.main.driver.cursorsNeedLease else { return }
            try await databases.main.transaction {
                _ = try await Item.objects.create(Item(name: "mine"))
                let seen = try await Task.detached {
                    try await databases.run { try await Item.objects.count() }
                }.value
                try expect(seen == 0, "\(seen) rows were seen")
            }
            let seen = try await Item.objects.count()
            try expect(seen == 1, "\(seen) rows were seen behind the commit")
        },
        Check("Actions for after a commit are done then, and not at all behind a rollback") { databases in
            let main = databases.main
            let done = Mutex<[String]>([])
            try await main.transaction {
                await main.onCommit { done.withLock { $0.append("outer") } }
                do {
                    try await main.transaction {
                        await main.onCommit { done.withLock { $0.append("inner") } }
                        throw Undo()
                    }
                } catch is Undo {}
                try expect(done.withLock { $0.isEmpty }, "an action was done before the commit")
            }
            let all = done.withLock { $0 }
            try expect(all == ["outer"], "done were \(all)")
        },
        Check("Fifty tasks that write at once wait for each other, and nothing is lost") { databases in
            let item = try await Item.objects.create(Item(name: "counter", number: 0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await databases.main.transaction {
                            var mine = try await Item.objects.selectForUpdate().get(item.id)
                            mine.number = (mine.number ?? 0) + 1
                            try await mine.save()
                        }
                    }
                }
                try await group.waitForAll()
            }
            let number = try await Item.objects.get(item.id).number
            try expect(number == 50, "it was counted to \(number ?? 0)")
        },
    ]

    static let links: [Check] = [
        Check("Statements that fail give their links back") { databases in
            for _ in 0..<100 {
                do { _ = try await Item.objects.filter { _ in .sql("no_such_column = 1") }.fetch() } catch is ModelError
                {}
            }
            try await databases.connect()
        },
        Check("More different statements than a link remembers") { _ in
            _ = try await Item.objects.create(Item(name: "row"))
            for number in 1...300 {
                let count = try await Item.objects.order(by: \.id.asc)[..<number].fetch().count
                try expect(count == 1, "the first \(number) rows were \(count)")
            }
        },
        Check("Rows are read a part at a time, with statements in between, and loops are left early") { databases in
            _ = try await Item.objects.bulkCreate((0..<100).map { Item(name: "\($0)", number: Int64($0)) })
            for _ in 0..<30 { for try await _ in Item.objects.stream(chunk: 3) { break } }
            func all() async throws {
                var numbers: [Int64?] = []
                for try await item in Item.objects.order(by: \.number.asc).stream(chunk: 7) {
                    let count = try await Item.objects.filter { $0.id == item.id }.count()
                    try expect(count == 1, "a statement within the loop found \(count) rows")
                    numbers.append(item.number)
                }
                try expect(numbers == (0..<100).map(Int64.init), "the loop read \(numbers)")
            }
            try await all()
            try await databases.main.transaction {
                for try await _ in Item.objects.stream(chunk: 3) { break }
                try await all()
            }
        },
        Check("A task that is cancelled gives its link back") { databases in
            _ = try await Item.objects.bulkCreate((0..<100).map { Item(name: "\($0)") })
            for _ in 0..<20 {
                let task = Task {
                    while true {
                        _ = try await Item.objects.count()
                        for try await _ in Item.objects.stream(chunk: 1) {}
                    }
                }
                await Task.yield()
                task.cancel()
                do {
                    try await task.value
                    throw CommunicatorError(.unexpected, "a task that was cancelled went on")
                } catch is CancellationError {}
            }
            try await databases.connect()
        },
    ]
}
#endif
