// SPDX-License-Identifier: Apache-2.0

#if Models
import FoundationEssentials
import SluiceModels

/// A model with a column of each kind.
struct ConformanceItem: Model {
    static let declaration = ModelDeclaration(
        "conformance", "Item",
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("name", .char(200), unique: true),
            FieldDeclaration("number", .bigInteger, null: true),
            FieldDeclaration("price", .decimal(digits: 20, places: 4), null: true),
            FieldDeclaration("ratio", .float, null: true), FieldDeclaration("flag", .boolean, null: true),
            FieldDeclaration("day", .date, null: true), FieldDeclaration("moment", .dateTime, null: true),
            FieldDeclaration("clock", .time, null: true), FieldDeclaration("span", .duration, null: true),
            FieldDeclaration("token", .uuid, null: true), FieldDeclaration("data", .json, null: true),
            FieldDeclaration("octets", .binary, null: true),
        ])

    var id = 0
    var name: String
    var number: Int64?
    var price: ExactDecimal?
    var ratio: Double?
    var flag: Bool?
    var day: Day?
    var moment: Timestamp?
    var clock: ClockTime?
    var span: Duration?
    var token: UUID?
    var data: JSONValue?
    var octets: [UInt8]?
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }
    var parts: RelatedSet<ConformanceItem, ConformancePart> { related("parts", by: "item") }

    init(name: String, number: Int64? = nil, price: ExactDecimal? = nil) {
        self.name = name
        self.number = number
        self.price = price
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        number = try row.next()
        price = try row.next()
        ratio = try row.next()
        flag = try row.next()
        day = try row.next()
        moment = try row.next()
        clock = try row.next()
        span = try row.next()
        token = try row.next()
        data = try row.next()
        octets = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(number)
        row.add(price)
        row.add(ratio)
        row.add(flag)
        row.add(day)
        row.add(moment)
        row.add(clock)
        row.add(span)
        row.add(token)
        row.add(data)
        row.add(octets)
    }

    struct Fields: ModelFields {
        typealias Root = ConformanceItem
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var name: Expr<String> { path.column("name") }
        var number: Expr<Int64?> { path.column("number") }
        var price: Expr<ExactDecimal?> { path.column("price") }
        var data: Expr<JSONValue?> { path.column("data") }
        var parts: ToMany<ConformancePart> { path.many("parts", back: "item") }
    }
}

/// A model that refers to it.
struct ConformancePart: Model {
    static let declaration = ModelDeclaration(
        "conformance", "Part",
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("place", .integer),
            .reference("item", to: "Item", onDelete: .cascade, relatedName: "parts"),
        ])

    var id = 0
    var place: Int
    var item: Ref<ConformanceItem>
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(place: Int, item: Ref<ConformanceItem>) {
        self.place = place
        self.item = item
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        place = try row.next()
        item = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(place)
        row.add(item)
    }

    struct Fields: ModelFields {
        typealias Root = ConformancePart
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var place: Expr<Int> { path.column("place") }
        var item: ConformanceItem.Fields { path.one("item") }
    }
}
#endif
