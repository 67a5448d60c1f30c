// SPDX-License-Identifier: Apache-2.0

import Sluice
import Testing

@Suite("Models by @Model", .timeLimit(.minutes(1)))
struct MacroTests {
    private let models: [any Model.Type] = [Press.self, PressBook.self, PressWriter.self, PressSummary.self]

    @Test("The declaration has a field for each property, under Django's names")
    func declaration() {
        #expect(PressBook.label == "shop.Book")
        let names = PressBook.declaration.fields.map(\.name)
        #expect(
            names == [
                "nid", "title", "published_on", "price", "binding", "pages", "copies", "weight", "is_sold", "notes",
                "uuid", "made_at", "press", "second_press", "writers",
            ])
        let kinds = PressBook.declaration.fields.map(\.kind)
        #expect(
            kinds == [
                .bigAuto, .char(100), .date, .decimal(digits: 6, places: 2), .char(1), .bigInteger, .integer, .float,
                .boolean, .json, .uuid, .dateTime, .reference, .reference, .manyToMany,
            ])
        #expect(PressBook.declaration.fields.filter(\.isNull).map(\.name) == ["pages", "notes", "second_press"])
        #expect(Press.declaration.fields.map(\.name) == ["id", "name", "city"])
        #expect(Press.declaration.ordering == ["name"] && Press.declaration.fields[1].isUnique)
        #expect(PressWriter.declaration.fields.first?.isPrimaryKey == true)
    }

    @Test("Rows are made, found, changed and deleted, with their relations", arguments: Place.all)
    func rows(_ place: Place) async throws {
        try await place.withDatabases(models) { _ in
            let press = try await Press.objects.create(Press(name: "人民", city: "北京"))
            let day = try #require(Day("2026-01-02"))
            let price = try #require(ExactDecimal("12.50"))
            let made = PressBook(title: "One", publishedOn: day, price: price, press: .to(press))
            #expect(made.copies == 5 && made.binding == .soft && made.pages == nil && made.nid == 0)
            var book = try await PressBook.objects.create(made)
            #expect(book.nid > 0 && book.madeAt.microseconds > 0)
            let ada = try await PressWriter.objects.create(PressWriter(code: "ada", name: "Ada"))
            try await book.writers.add(ada)
            _ = try await PressSummary.objects.create(PressSummary(of: book, "short"))
            book.binding = .hard
            book.notes = JSONValue(#"{"a": 1}"#)
            book.secondPress = .to(press)
            try await book.save()

            let found = try await PressBook.objects.filter {
                $0.press.name == "人民" && $0.secondPress.city == "北京" && $0.writers.any { $0.name == "Ada" }
                    && $0.binding == .hard && $0.isSold == false && $0.publishedOn == day
            }.selectRelated(\.press).get()
            #expect(found.press.loaded?.title == "人民 (北京)" && found.price == price && found.uuid == book.uuid)
            #expect(found.notes == JSONValue(#"{"a": 1}"#))
            #expect(try await found.summary.get().text == "short")
            #expect(try await press.books.count() == 1)
            #expect(try await press.seconds.count() == 1)
            #expect(try await ada.books.fetch().map(\.title) == ["One"])
            #expect(try await Press.objects.filter { $0.books.any { $0.title == "One" } }.count() == 1)
            #expect(try await PressBook.objects.filter { $0.summary.text == "short" }.count() == 1)
            try await press.delete()
            #expect(try await PressBook.objects.count() == 0)
            #expect(try await PressWriter.objects.get("ada").name == "Ada")
        }
    }
}
