// SPDX-License-Identifier: Apache-2.0

package import SluiceModels

/// The models of the golden cases, as `models.md` next to them has them.
package enum GoldenModels {
    package static func schema() throws -> Schema { try Schema(declarations) }

    private static let declarations = library + social + weblog + blog + pizzeria + misc
    private static let byLabel = Dictionary(uniqueKeysWithValues: declarations.map { ($0.label, $0) })

    /// The declaration of a typed model; each label in its call is one of the list.
    static func declaration(_ label: String) -> ModelDeclaration {
        byLabel[label] ?? ModelDeclaration("missing", label)
    }

    private static func model(
        _ app: String, _ name: String, ordering: [String] = [], latestBy: [String] = [],
        _ fields: [FieldDeclaration]
    ) -> ModelDeclaration {
        ModelDeclaration(app, name, ordering: ordering, latestBy: latestBy, fields)
    }

    private static let library: [ModelDeclaration] = [
        model(
            "library", "AuthorDetail",
            [
                FieldDeclaration("nid", .auto, primaryKey: true), FieldDeclaration("birthday", .date),
                FieldDeclaration("telephone", .bigInteger), FieldDeclaration("addr", .char(64)),
            ]),
        model(
            "library", "Author",
            [
                FieldDeclaration("nid", .auto, primaryKey: true), FieldDeclaration("name", .char(32)),
                FieldDeclaration("age", .integer),
                .reference("authorDetail", to: "AuthorDetail", onDelete: .cascade, unique: true),
            ]),
        model(
            "library", "Publish",
            [
                FieldDeclaration("nid", .auto, primaryKey: true), FieldDeclaration("name", .char(32)),
                FieldDeclaration("city", .char(32)), FieldDeclaration("email", .email(254)),
            ]),
        model(
            "library", "Book",
            [
                FieldDeclaration("nid", .auto, primaryKey: true), FieldDeclaration("title", .char(32)),
                FieldDeclaration("publishDate", .date), FieldDeclaration("price", .decimal(digits: 5, places: 2)),
                FieldDeclaration("pageNum", .integer, null: true),
                FieldDeclaration("keepNum", .integer, default: .value(0)),
                FieldDeclaration("commentNum", .integer, default: .value(0)),
                .reference("publish", to: "Publish", onDelete: .cascade, toField: "nid"),
                .reference(
                    "pubHouse", to: "Publish", onDelete: .setNull, null: true, relatedName: "bookList", blank: true),
                .manyToMany("authors", to: "Author"),
            ]),
    ]

    private static let social: [ModelDeclaration] = [
        model("social", "Person", [FieldDeclaration("name", .char(50))]),
        model(
            "social", "Group",
            [
                FieldDeclaration("name", .char(128)),
                .manyToMany("members", to: "Person", through: "Membership", throughFields: ("group", "person")),
            ]),
        model(
            "social", "Membership",
            [
                .reference("group", to: "Group", onDelete: .cascade),
                .reference("person", to: "Person", onDelete: .cascade),
                .reference(
                    "inviter", to: "Person", onDelete: .cascade, null: true, relatedName: "membership_invites"),
                FieldDeclaration("date_joined", .date),
                FieldDeclaration("invite_reason", .char(64), default: .value("")),
            ]),
        model("social", "PlainGroup", [FieldDeclaration("name", .char(64)), .manyToMany("members", to: "Person")]),
        model("social", "Place", [FieldDeclaration("name", .char(50)), FieldDeclaration("address", .char(80))]),
        model(
            "social", "Restaurant",
            [
                .reference(
                    "place", to: "Place", onDelete: .cascade, null: true, unique: true,
                    relatedName: "place_restaurant", default: .value(.null)),
                FieldDeclaration("serves_pizza", .boolean, default: .value(false)),
            ]),
        model("social", "Reporter", [FieldDeclaration("name", .char(40))]),
        model(
            "social", "Article",
            [
                FieldDeclaration("headline", .char(100)),
                .reference("reporter", to: "Reporter", onDelete: .cascade, null: true),
            ]),
    ]

    private static let weblog: [ModelDeclaration] = [
        model("weblog", "Blog", [FieldDeclaration("name", .char(100)), FieldDeclaration("tagline", .text)]),
        model("weblog", "Author", [FieldDeclaration("name", .char(200)), FieldDeclaration("email", .email(254))]),
        model(
            "weblog", "Entry", latestBy: ["created_at"],
            [
                .reference("blog", to: "Blog", onDelete: .cascade), FieldDeclaration("headline", .char(255)),
                FieldDeclaration("summary", .char(255), null: true), FieldDeclaration("body_text", .text),
                FieldDeclaration("pub_date", .date), FieldDeclaration("mod_date", .date),
                FieldDeclaration("created_at", .dateTime), .manyToMany("authors", to: "Author"),
                FieldDeclaration("n_comments", .integer), FieldDeclaration("n_pingbacks", .integer),
                FieldDeclaration("rating", .integer, null: true),
            ]),
        model(
            "weblog", "Event",
            [
                .reference("parent", to: "self", onDelete: .cascade, null: true, relatedName: "children"),
                FieldDeclaration("date", .date), FieldDeclaration("title", .char(40)),
            ]),
    ]

    private static let pizzeria: [ModelDeclaration] = [
        model("pizzeria", "Topping", [FieldDeclaration("name", .char(30))]),
        model("pizzeria", "Pizza", [FieldDeclaration("name", .char(50)), .manyToMany("toppings", to: "Topping")]),
        model(
            "pizzeria", "Restaurant",
            [
                FieldDeclaration("name", .char(40)), .manyToMany("pizzas", to: "Pizza", relatedName: "restaurants"),
                .reference("best_pizza", to: "Pizza", onDelete: .cascade, relatedName: "championed_by"),
            ]),
        model("pizzeria", "City", [FieldDeclaration("name", .char(40))]),
        model(
            "pizzeria", "Person",
            [
                FieldDeclaration("name", .char(40)),
                .reference("hometown", to: "City", onDelete: .setNull, null: true, blank: true),
            ]),
        model(
            "pizzeria", "Book",
            [FieldDeclaration("title", .char(60)), .reference("author", to: "Person", onDelete: .cascade)]),
    ]
}
