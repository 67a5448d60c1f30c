// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization
import Testing

@Model("hooks")
struct Memo: ObservedModel {
    @Column(max: 40) var text: String
    @Column(max: 40) var slug: String = ""
    @Reference(onDelete: .cascade, reverse: "answers") var question: Ref<Memo>?
    @Reverse(by: "question") var answers: OptionalRelatedSet<Memo, Memo>

    /// What the hooks were told, in the test's task.
    @TaskLocal static var told: Told?
    final class Told: Sendable {
        let lines = Mutex<[String]>([])
        func take() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }
    struct Forbidden: Error {}

    private func tell(_ line: String) { Self.told?.lines.withLock { $0.append("\(line) \(text)") } }

    mutating func willSave(isNew: Bool) async throws {
        slug = text.lowercased()
        tell(isNew ? "will create" : "will change")
    }

    func didSave(isNew: Bool) async throws {
        tell(isNew ? "created" : "changed")
        let stored = try await Memo.objects.get(id)
        if stored.slug == "forbidden" { throw Forbidden() }
    }

    func willDelete() async throws {
        tell("will delete")
        let isThere = try await Memo.objects.filter { $0.id == id }.exists()
        if text == "Keep" || !isThere { throw Forbidden() }
    }

    func didDelete() async throws {
        tell("deleted")
        let isThere = try await Memo.objects.filter { $0.id == id }.exists()
        if isThere { throw Forbidden() }
    }
}

@Model("hooks")
struct Stamp: ObservedModel {
    @Column(max: 40) var text: String

    mutating func willSave(isNew: Bool) async throws { text = text.uppercased() }
}

@Suite("Models that are told when they are written", .timeLimit(.minutes(1)))
struct HookTests {
    private func withMemos(_ place: Place, _ body: (Databases, Memo.Told) async throws -> Void) async throws {
        try await place.withDatabases([Memo.self, Stamp.self]) { databases in
            let told = Memo.Told()
            try await Memo.$told.withValue(told) { try await body(databases, told) }
        }
    }

    @Test(
        "Once before and once after, with the key, whatever makes, changes or deletes the object", arguments: Place.all)
    func once(_ place: Place) async throws {
        try await withMemos(place) { _, told in
            var memo = Memo(text: "A")
            try await memo.save()
            #expect(memo.slug == "a" && memo.id > 0 && !memo.state.isNew)
            #expect(told.take() == ["will create A", "created A"])
            memo.text = "B"
            try await memo.save()
            #expect(try await Memo.objects.get(memo.id).slug == "b")
            #expect(told.take() == ["will change B", "changed B"])
            memo.text = "C"
            try await memo.save(only: { ($0.text, $0.slug) })
            #expect(try await Memo.objects.get(memo.id).slug == "c")
            #expect(told.take() == ["will change C", "changed C"])
            let made = try await Memo.objects.create(Memo(text: "D"))
            #expect(made.slug == "d")
            _ = try await memo.answers.create { Memo(text: "E", question: $0) }
            _ = try await Memo.objects.getOrCreate({ $0.text == "F" }, orCreate: { Memo(text: "F") })
            _ = try await Memo.objects.updateOrCreate(
                { $0.text == "F" }, update: { $0.text = "G" }, orCreate: { Memo(text: "G") })
            let all = ["D", "E", "F"].flatMap { ["will create \($0)", "created \($0)"] }
            #expect(told.take() == all + ["will change G", "changed G"])
            // Its answer goes with it, untold.
            let report = try await memo.delete()
            #expect(report.total == 2)
            #expect(told.take() == ["will delete C", "deleted C"])
            try await Memo.objects.filter { $0.text > "D" }.delete()
            #expect(told.take() == ["will delete G", "deleted G"])
            let stamp = try await Stamp.objects.create(from: ["text": "h"]) { $0.text }
            #expect(try await Stamp.objects.get(stamp.id).text == "H" && stamp.text == "H")
            // What makes no objects tells none.
            _ = try await Memo.objects.bulkCreate([Memo(text: "I")])
            try await Memo.objects.all().update { $0.text.set(to: "J") }
            #expect(told.take() == [])
        }
    }

    @Test("What a hook throws undoes what was written, and the object is as it was", arguments: Place.all)
    func refusing(_ place: Place) async throws {
        try await withMemos(place) { databases, _ in
            var memo = Memo(text: "Forbidden")
            await #expect(throws: Memo.Forbidden.self) { try await memo.save() }
            #expect(memo.id == 0 && memo.state.isNew && memo.slug == "")
            #expect(try await Memo.objects.count() == 0)
            let kept = try await Memo.objects.create(Memo(text: "Keep"))
            _ = try await Memo.objects.create(Memo(text: "Other"))
            await #expect(throws: Memo.Forbidden.self) { try await kept.delete() }
            await #expect(throws: Memo.Forbidden.self) { try await Memo.objects.all().delete() }
            #expect(try await Memo.objects.count() == 2)
            // A transaction around it goes on.
            try await databases.main.transaction {
                await #expect(throws: Memo.Forbidden.self) { try await kept.delete() }
                _ = try await Memo.objects.create(Memo(text: "Later"))
            }
            #expect(try await Memo.objects.count() == 3)
        }
    }
}
