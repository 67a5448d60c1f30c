// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice

enum Binding: String, Choices {
    case hard = "H"
    case soft = "S"
    var label: String { self == .hard ? "Hardcover" : "Paperback" }
}

@Model("shop", ordering: ["name"])
struct Press {
    @Column(max: 40, unique: true) var name: String
    var city: String = ""
    @Reverse(by: "press") var books: RelatedSet<Press, PressBook>
    @Reverse(by: "second_press") var seconds: OptionalRelatedSet<Press, PressBook>

    var title: String { "\(name) (\(city))" }
    static let limit = 10
}

@Model(
    "shop", name: "Book", constraints: [.unique(name: "shop_book_once", fields: ["title", "press"])],
    indexes: [IndexDeclaration(name: "shop_book_day", fields: ["-published_on", "title"])])
struct PressBook {
    @Key var nid: Int = 0
    @Column(max: 100) var title: String
    var publishedOn: Day
    @Column(digits: 6, places: 2) var price: ExactDecimal
    @Column(.char(1), choices: Binding.choices) var binding: Binding = .soft
    var pages: Int?
    var copies: Int32 = 5
    var weight: Double = 0.5
    var isSold: Bool = false
    var notes: JSONValue?
    var uuid: UUID = UUID()
    @Column(clock: .whenCreated) var madeAt: Timestamp = Timestamp(microseconds: 0)
    @Reference(to: "shop.Press", reverse: "books") var press: Ref<Press>
    @Reference(to: "shop.Press", onDelete: .setNull, reverse: "seconds") var secondPress: Ref<Press>?
    @ManyToMany(to: "Writer", reverse: "books") var writers: Many<PressWriter, NoThrough>
    @Reverse(by: "book") var summary: RelatedOne<PressSummary>
}

@Model("shop", name: "Writer")
struct PressWriter {
    @Key(max: 20) var code: String
    @Column(max: 40) var name: String
    @Reverse(by: "writers") var books: Many<PressBook, NoThrough>
}

@Model("shop", name: "Summary")
struct PressSummary {
    @Reference(to: "Book", unique: true, reverse: "summary") var book: Ref<PressBook>
    var text: String

    init(of book: PressBook, _ text: String) {
        (self.book, self.text) = (.to(book), text)
    }
}
