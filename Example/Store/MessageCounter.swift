// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The one row that knows the last message's id. Who adds messages locks it first, in whichever process: so ids rise in
/// the order of the commits, and who has read up to an id has missed nothing below it.
struct MessageCounter: Model {
    static let declaration = ModelDeclaration(
        "chat", "MessageCounter",
        [FieldDeclaration("id", .integer, primaryKey: true), FieldDeclaration("last", .bigInteger)])

    var id = 1
    var last = 0
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init() {}

    init(row: inout ModelRow) throws {
        id = try row.next()
        last = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(last)
    }

    struct Fields: ModelFields {
        typealias Root = MessageCounter
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var last: Expr<Int> { path.column("last") }
    }

    /// The counter, for this transaction alone until it ends.
    static func locked() async throws -> MessageCounter {
        if let counter = try await objects.filter({ $0.id == 1 }).selectForUpdate().first() { return counter }
        _ = try await objects.bulkCreate([MessageCounter()], ignoringConflicts: true)
        return try await objects.filter { $0.id == 1 }.selectForUpdate().get()
    }
}
