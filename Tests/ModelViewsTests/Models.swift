// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice
import Testing

enum Binding: String, Choices {
    case hard = "H"
    case soft = "S"
    var label: String { self == .hard ? "Hardcover" : "Paperback" }
}

@Model("shop", ordering: ["name"])
struct Press {
    @Column(max: 20, unique: true) var name: String
}

@Model("shop", constraints: [.unique(name: "book_once", fields: ["title", "press"])])
struct Book {
    @Column(max: 30, helpText: "As on the cover.") var title: String
    @Column(.slug(10), unique: true) var code: String
    @Column(digits: 5, places: 2) var price: ExactDecimal?
    @Column(.char(1), choices: Binding.choices) var binding: Binding = .soft
    var publishedOn: Day?
    var pages: Int32 = 10
    var isSold: Bool = false
    @Column(blank: true) var notes: String
    @Column(.file(80), blank: true) var cover: String
    var owner: String = "nobody"
    @Column(clock: .whenSaved) var changedAt: Timestamp = Timestamp(microseconds: 0)
    @Reference(to: "Press", onDelete: .protect, reverse: "books") var press: Ref<Press>
    @Reverse(by: "book") var reviews: RelatedSet<Book, Review>
}

@Model("shop")
struct Review {
    @Column(max: 100) var text: String
    @Reference(to: "Book", onDelete: .protect, reverse: "reviews") var book: Ref<Book>
}

extension ModelForm where Root == Book {
    static var book: Self {
        ModelForm(fields: [
            "title", "code", "price", "binding", "published_on", "pages", "is_sold", "notes", "cover", "press",
        ])
    }
}

/// Runs a test in a database of its own, with two presses in it.
func withShop(_ body: (Press, Press) async throws -> Void) async throws {
    let databases = try Databases(
        ["default": "sqlite::memory:"], schema: Schema([Press.declaration, Book.declaration, Review.declaration]),
        backends: [.sqlite])
    try await databases.createTables()
    do {
        try await databases.run {
            let first = try await Press.objects.create(Press(name: "人民"))
            try await body(first, try await Press.objects.create(Press(name: "Zhonghua")))
        }
    } catch {
        await databases.close()
        throw error
    }
    await databases.close()
}

func form(_ values: [String: String]) -> Form {
    Form(data: FormFields(values.map { FormFields.Field(name: $0.key, value: $0.value) }))
}
