// SPDX-License-Identifier: Apache-2.0

// What Django refuses when a query runs does not compile here. The models are written by hand, as `@Model` would.
import SluiceModels

struct Shop: Model {
    static let declaration = ModelDeclaration("shop", "Shop", [FieldDeclaration("name", .char(30))])
    var id: Int = 0
    var name: String
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }
    var items: RelatedSet<Shop, Item> { related("item_set", by: "shop") }

    init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        state = try row.state()
    }
    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
    }

    struct Fields: ModelFields {
        typealias Root = Shop
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var name: Expr<String> { path.column("name") }
        var items: ToMany<Item> { path.many("item", accessor: "item_set", back: "shop") }
    }
}

struct Item: Model {
    static let declaration = ModelDeclaration(
        "shop", "Item",
        [FieldDeclaration("title", .char(30)), .reference("shop", to: "Shop", onDelete: .cascade)])
    var id: Int = 0
    var title: String
    var shop: Ref<Shop>
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        title = try row.next()
        shop = try row.next()
        state = try row.state()
    }
    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(title)
        row.add(shop)
    }

    struct Fields: ModelFields {
        typealias Root = Item
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var title: Expr<String> { path.column("title") }
        var shop: Shop.Fields { path.one("shop") }
    }
}

func accepted(_ shop: Shop) async throws -> [(String, String)] {
    try await shop.items.filter { $0.title.startsWith("a") && $0.shop.name != "b" }.values(\.title, \.shop.name).fetch()
}

func refused(_ shop: Shop, _ item: Item) async throws {
    // expect-error: has no member 'delete'
    try await Item.objects.delete()
    // expect-error: has no member 'remove'
    try await shop.items.remove(item)
    // expect-error: has no member 'clear'
    try await shop.items.clear()
    // expect-error: has no member 'filter'
    _ = Item.objects.union(Item.objects.all()).filter { $0.id == 1 }
    // expect-error: has no member 'defer'
    _ = Item.objects.values(\.id, \.title).defer()
    // expect-error: has no member 'titel'
    _ = Item.objects.filter { $0.titel == "a" }
    // expect-error: cannot convert value of type 'String' to expected argument type 'Int'
    _ = Item.objects.filter { $0.id == "a" }
    // expect-error: requires the types 'Int.Present' \(aka 'Int'\) and 'String' be equivalent
    _ = Item.objects.filter { $0.id.contains("a") }
    // expect-error: extra argument 'skipLocked'
    _ = Item.objects.selectForUpdate(.fail, skipLocked: true)
    // expect-error: cannot convert value of type 'String' to expected argument type 'SQL'
    _ = try await Item.objects.raw("SELECT * FROM shop_item WHERE title = '" + item.title + "'")
}
