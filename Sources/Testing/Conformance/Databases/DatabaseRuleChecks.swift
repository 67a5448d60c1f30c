// SPDX-License-Identifier: Apache-2.0

#if Models
import SluiceModels

extension DatabaseConformance {
    private typealias Item = ConformanceItem
    private typealias Part = ConformancePart

    static let rules: [Check] = [
        Check("What breaks a rule is refused, each rule with its error") { _ in
            let item = try await Item.objects.create(Item(name: "one"))
            try await expectRefusal(.integrity, "a second one of a unique value") {
                _ = try await Item.objects.create(Item(name: "one"))
            }
            try await expectRefusal(.integrity, "a reference that leads nowhere") {
                _ = try await Part.objects.create(Part(place: 1, item: .id(item.id + 1_000)))
            }
            try await expectRefusal(.database, "a statement that is none") {
                _ = try await Item.objects.filter { _ in .sql("no_such_column = 1") }.fetch()
            }
            let count = try await Item.objects.count()
            try expect(count == 1, "\(count) rows are left")
        },
        Check("Counted keys come back, one by one and for many rows") { _ in
            let items = try await Item.objects.bulkCreate((0..<500).map { Item(name: "\($0)") })
            try expect(Set(items.map(\.id)).count == 500 && !items.contains { $0.id == 0 }, "500 different keys")
            let one = try await Item.objects.create(Item(name: "one more"))
            try expect(!items.contains { $0.id == one.id }, "a key was given twice")
            let stored = try await Item.objects.inBulk(items.map(\.id))
            try expect(items.allSatisfy { stored[$0.id]?.name == $0.name }, "keys belong to their rows")
        },
        Check("Rows that are there are changed where a new one would be the second") { _ in
            _ = try await Item.objects.bulkCreate([Item(name: "a", number: 1), Item(name: "b", number: 1)])
            _ = try await Item.objects.bulkCreate(
                [Item(name: "b", number: 2), Item(name: "c", number: 2)], updating: { $0.number },
                unique: { $0.name })
            let rows = try await Item.objects.order(by: \.name.asc).values(\.number).fetch()
            try expect(rows == [1, 2, 2], "the numbers are \(rows)")
            _ = try await Item.objects.bulkCreate([Item(name: "c", number: 3)], ignoringConflicts: true)
            let kept = try await Item.objects.filter { $0.name == "c" }.values(\.number).get()
            try expect(kept == 2, "what was to be left alone is \(kept ?? 0)")
        },
        Check("What refers to a row goes with it") { _ in
            let item = try await Item.objects.create(Item(name: "whole"))
            for place in 1...3 { _ = try await item.parts.create { Part(place: place, item: $0) } }
            let report = try await item.delete()
            try expect(report.total == 4, "\(report.total) rows were deleted")
            let left = try await Part.objects.count()
            try expect(left == 0, "\(left) are left")
        },
        Check("Columns are changed by what they were") { _ in
            _ = try await Item.objects.bulkCreate((0..<10).map { Item(name: "\($0)", number: Int64($0)) })
            let changed = try await Item.objects.filter { $0.number >= 5 }.update { $0.number.set(to: $0.number + 100) }
            try expect(changed == 5, "\(changed) rows were changed")
            let sum = try await Item.objects.aggregate { $0.number.sum() }
            try expect(sum == 545, "the sum is \(sum ?? 0)")
        },
    ]
}
#endif
