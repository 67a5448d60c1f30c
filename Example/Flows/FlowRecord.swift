// SPDX-License-Identifier: Apache-2.0

import Sluice

/// How a diagram stands that viewers change: a row once somebody has changed it.
struct FlowRecord: Model {
    static let declaration = ModelDeclaration(
        "flows", "Flow",
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("name", .char(20), unique: true),
            FieldDeclaration("rev", .bigInteger), FieldDeclaration("isGrown", .boolean),
        ])

    var id = 0
    var name: String
    var rev = 1
    var isGrown = false
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(name: String) {
        self.name = name
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        rev = try row.next()
        isGrown = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(rev)
        row.add(isGrown)
    }

    struct Fields: ModelFields {
        typealias Root = FlowRecord
        let path: FieldPath
        var name: Expr<String> { path.column("name") }
        var rev: Expr<Int> { path.column("rev") }
        var isGrown: Expr<Bool> { path.column("isGrown") }
    }
}
