// SPDX-License-Identifier: Apache-2.0

import SluiceModels

/// A session as a row: found by the hash of its token.
struct StoredSession: Model {
    static let declaration = ModelDeclaration(
        "accounts", "Session", table: "accounts_session",
        [
            FieldDeclaration("key", .char(43), primaryKey: true), FieldDeclaration("data", .text),
            FieldDeclaration("end", .dateTime, index: true),
        ])

    var key: String
    var data: String
    var end: Timestamp
    var state = ModelState()
    var primaryKey: String {
        get { key }
        set { key = newValue }
    }

    init(key: String, data: String, end: Timestamp) {
        (self.key, self.data, self.end) = (key, data, end)
    }

    init(row: inout ModelRow) throws {
        key = try row.next()
        data = try row.next()
        end = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(key)
        row.add(data)
        row.add(end)
    }

    struct Fields: ModelFields {
        typealias Root = StoredSession
        let path: FieldPath
        var key: Expr<String> { path.column("key") }
        var data: Expr<String> { path.column("data") }
        var end: Expr<Timestamp> { path.column("end") }
    }
}
