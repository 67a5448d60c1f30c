// SPDX-License-Identifier: Apache-2.0

import SluiceModels
import Testing

@Suite("Hostile texts are data", .timeLimit(.minutes(2)))
struct InjectionTests {
    static let hostile = [
        "'; DROP TABLE shop_customer; --", "\" OR 1=1 --", "\\", "%", "_", "%s", "?", "$1", "100%_\\%", "*", "[a]",
        "\u{1}", "a\u{1}b", "é", "e\u{301}", "''", "]]", "${x}", "\n\r\t", "👩🏽‍💻", ".*", "a)(b",
    ]

    private static let models = [
        ModelDeclaration("shop", "Customer", [FieldDeclaration("name", .char(50))]),
        ModelDeclaration(
            "shop", "Order",
            [
                .reference("customer", to: "Customer", onDelete: .cascade),
                FieldDeclaration("data", .json, null: true),
            ]),
    ]

    private func withStore(_ kind: String, _ body: (RecordStore) async throws -> Void) async throws {
        try await EmptyDatabase.with(kind, Schema(Self.models)) { database in
            let databases = Databases(database)
            try await databases.createTables()
            try await body(RecordStore(databases))
        }
    }

    @Test("texts come back as they are, and look-ups take them for data", arguments: EmptyDatabase.kinds)
    func values(_ kind: String) async throws {
        try await withStore(kind) { store in
            for text in Self.hostile { _ = try await store.customer(text) }
            for text in Self.hostile {
                for lookup in ["exact", "contains", "startswith", "endswith", "iexact"] {
                    let found = try await store.fetch(
                        store.customers.filter(
                            .compare(LookupPath(["name"]), transforms: [], lookup, .value(.text(text)))))
                    let names = found.compactMap { record -> String? in
                        if case .text(let name)? = record["name"] { name } else { nil }
                    }
                    #expect(names.contains { $0.utf8.elementsEqual(text.utf8) }, "\(lookup) \(text)")
                    if lookup == "contains" {
                        #expect(names.allSatisfy { Array($0.utf8).containsRun(Array(text.utf8)) }, "\(text): \(names)")
                    }
                }
            }
            #expect(try await store.count(store.customers) == Self.hostile.count)
        }
    }

    @Test("keys of JSON are data too", arguments: EmptyDatabase.kinds)
    func keys(_ kind: String) async throws {
        try await withStore(kind) { store in
            let owner = try await store.customer("owner")
            for key in Self.hostile where !key.contains("\\") && !key.contains("\"") && !key.contains("\u{1}") {
                var order = Record(try store.schema.required("shop.Order"))
                order["customer_id"] = owner.key
                order["data"] = .json(.object([key: .string("found")]))
                try await store.save(&order)
                let count = try await store.count(
                    QueryTree("shop.Order").filter(
                        .and([
                            .compare(LookupPath(["data"]), transforms: [.key(key)], "exact", .value("found")),
                            .lookup(LookupPath("pk"), .value(order.key)),
                        ])))
                #expect(count == 1, "\(key)")
            }
        }
    }

    @Test(
        "names that are no names are refused",
        arguments: ["name; DROP TABLE x", "name\" --", "name) OR (1=1", "nope", "name__nope", "customer", ""])
    func names(_ name: String) async throws {
        try await withStore("sqlite") { store in
            for tree in [
                store.customers.adding(.order([Ordering(name: name)])),
                store.customers.adding(.values([.path(LookupPath(name))])),
                store.customers.filter(.lookup(LookupPath(name), .value("x"))),
            ] {
                let error = #expect(throws: ModelError.self) { _ = try store.databases.main.planner.select(tree) }
                #expect(error?.code == .field)
            }
        }
    }

    @Test(
        "an alias cannot end its quotes",
        arguments: ["a\"b", "a b", "a;b", "a--b", "a/*b", "", "a\u{1}b", "a\0b", "a]"])
    func aliases(_ alias: String) async throws {
        try await withStore("sqlite") { store in
            let tree = store.customers.adding(.annotate([(alias, .value(1))]))
            let error = #expect(throws: ModelError.self) { _ = try store.databases.main.planner.select(tree) }
            #expect(error?.code == .value)
        }
    }

    @Test("raw SQL binds its values, and cannot forge a placeholder")
    func raw() async throws {
        try await withStore("sqlite") { store in
            _ = try await store.customer("x' OR '1'='1")
            let found = try await store.raw(
                "shop.Customer", [.sql("SELECT * FROM shop_customer WHERE name = "), .value("x' OR '1'='1")])
            #expect(found.count == 1)
            #expect(throws: ModelError.self) {
                try store.databases.main.planner.raw([.sql("SELECT \u{1}")])
            }
        }
    }
}

extension [UInt8] {
    /// Whether other bytes stand in these ones, next to each other.
    fileprivate func containsRun(_ other: [UInt8]) -> Bool {
        guard count >= other.count else { return false }
        return (0...(count - other.count)).contains { self[$0..<$0 + other.count].elementsEqual(other) }
    }
}

extension RecordStore {
    fileprivate func customer(_ name: String) async throws -> Record {
        var record = Record(try schema.required("shop.Customer"))
        record["name"] = .text(name)
        try await save(&record)
        return record
    }

    fileprivate var customers: QueryTree { QueryTree("shop.Customer") }
}
