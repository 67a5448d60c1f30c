// SPDX-License-Identifier: Apache-2.0

import SluiceModels
import Testing

@Suite("Tables that are there, as models")
struct IntrospectionTests {
    @Test("Columns, keys, unique columns and references come back", arguments: EmptyDatabase.kinds)
    func columns(_ kind: String) async throws {
        let models =
            Schemas.shop + [
                ModelDeclaration(
                    "shop", "Item",
                    [
                        FieldDeclaration("code", .char(9), unique: true),
                        FieldDeclaration("price", .decimal(digits: 8, places: 2)), FieldDeclaration("made", .dateTime),
                        FieldDeclaration("data", .json, null: true), FieldDeclaration("mark", .uuid),
                    ])
            ]
        try await EmptyDatabase.with(kind, Schema(models)) { database in
            try await Databases(database).createTables()
            let state = try await database.inspect(app: "shop")
            #expect(Set(state.tables.keys) == ["shop_customer", "shop_order", "shop_item"])
            let order = try #require(state.tables["shop_order"])
            #expect(order.model == "shop.Order")
            #expect(order.columns.map(\.name) == ["id", "number", "note", "paid", "customer_id"])
            #expect(order.columns[0].isKey && order.columns[0].kind.isCounted)
            #expect(order.columns[2].isNull && !order.columns[1].isNull)
            #expect(order.columns[3].kind == .boolean)
            #expect(order.columns[4].reference?.table == "shop_customer" && order.columns[4].reference?.column == "id")
            let item = try #require(state.tables["shop_item"])
            #expect(item.columns[1].isUnique && item.columns[1].kind == .char(9))
            #expect(!item.columns[2].isUnique && item.columns[3].kind == .dateTime)
            #expect(item.columns[5].kind == .uuid)

            let text = ModelWriter(state).text
            for line in [
                "struct Order: Model {", "    var customer: Ref<Customer>", "    var note: String?",
                "            FieldDeclaration(\"number\", .integer),", "import Foundation",
                "        var customer: Customer.Fields { path.one(\"customer\") }",
            ] {
                #expect(text.contains(line + "\n"), "\(text)")
            }
        }
    }

    @Test("Names of tables and columns are no code")
    func hostile() async throws {
        try await EmptyDatabase.with("sqlite", Schema([])) { database in
            for sql in [
                "CREATE TABLE \"a\"\"b\\(1)\n}; evil()\" (\"class\" integer PRIMARY KEY, \"x\"\"; y\" text, \"1a\" int)",
                "CREATE TABLE \"many\" (a int, b int, PRIMARY KEY (a, b))",
                "CREATE TABLE \"no key\ninjected()\" (a int)",
            ] { try await database.execute(Statement(sql: sql)) }
            let text = ModelWriter(try await database.inspect(app: "x")).text
            #expect(!text.contains("\n}; evil()") && !text.contains("\ninjected()"), "\(text)")
            #expect(
                text.contains("var `class`: Int") && text.contains("var xY: String?") && text.contains("var _1a: Int?"))
        }
    }
}
