// SPDX-License-Identifier: Apache-2.0

import Sluice

struct Account: Model {
    static let declaration = ModelDeclaration(
        "accounts", "Account",
        [FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("name", .char(40), unique: true)])

    var id = 0
    var name: String
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

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
        typealias Root = Account
        let path: FieldPath
        var name: Expr<String> { path.column("name") }
    }
}

struct Sale: Model {
    static let declaration = ModelDeclaration(
        "shop", "Sale",
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("number", .integer, index: true),
            FieldDeclaration("side", .char(10)),
            .reference("account", to: "accounts.Account", onDelete: .protect, null: true),
        ])

    var id = 0
    var number: Int
    var side: String
    var account: Ref<Account>?
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(number: Int, side: String) {
        self.number = number
        self.side = side
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        number = try row.next()
        side = try row.next()
        account = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(number)
        row.add(side)
        row.add(account)
    }

    struct Fields: ModelFields {
        typealias Root = Sale
        let path: FieldPath
        var number: Expr<Int> { path.column("number") }
        var side: Expr<String> { path.column("side") }
    }
}

/// Comes with the second form.
struct Note: Model {
    static let declaration = ModelDeclaration(
        "shop", "Note",
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("text", .text),
            .reference("sale", to: "Sale", onDelete: .cascade),
        ])

    var id = 0
    var text: String
    var sale: Ref<Sale>
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        text = try row.next()
        sale = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(text)
        row.add(sale)
    }

    struct Fields: ModelFields {
        typealias Root = Note
        let path: FieldPath
        var text: Expr<String> { path.column("text") }
        var sale: Sale.Fields { path.one("sale") }
    }
}
