// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SluiceModels

extension GoldenModels {
    static let misc: [ModelDeclaration] =
        [student, zoo, base, derived, derivedProxy, doc, ownerA] + owned + [
            seat, keyed, counter,
        ]

    private static let student = ModelDeclaration(
        "misc", "Student", ordering: ["name", "id"],
        [
            FieldDeclaration("name", .char(60)),
            FieldDeclaration(
                "shirt_size", .char(1), choices: [Choice("S", "Small"), Choice("M", "Medium"), Choice("L", "Large")]),
            FieldDeclaration(
                "year_in_school", .char(2), default: .value("FR"),
                choices: [
                    Choice("FR", "Freshman"), Choice("SO", "Sophomore"), Choice("JR", "Junior"), Choice("SR", "Senior"),
                    Choice("GR", "Graduate"),
                ]),
            FieldDeclaration("gpa", .float, null: true), FieldDeclaration("biography", .text, default: .value("")),
            FieldDeclaration("age", .integer, default: .value(18)),
        ])

    private static let zoo = ModelDeclaration(
        "misc", "Zoo",
        [
            FieldDeclaration("small", .smallInteger), FieldDeclaration("big", .bigInteger),
            FieldDeclaration("flt", .float, null: true),
            FieldDeclaration("dec", .decimal(digits: 15, places: 4), null: true),
            FieldDeclaration("flag", .boolean, null: true), FieldDeclaration("day", .date, null: true),
            FieldDeclaration("moment", .dateTime, null: true), FieldDeclaration("clock", .time, null: true),
            FieldDeclaration("span", .duration, null: true), FieldDeclaration("uid", .uuid, unique: true),
            FieldDeclaration("blob", .binary, null: true), FieldDeclaration("meta", .json, null: true),
            FieldDeclaration("ip", .ipAddress, null: true), FieldDeclaration("url", .url(200), default: .value("")),
            FieldDeclaration("slug", .slug(50), index: true),
            FieldDeclaration("text", .text, default: .value(""), column: "long_text"),
        ])

    private static let base = ModelDeclaration(
        "misc", "Base", ordering: ["-name", "id"], [FieldDeclaration("name", .char(40))])
    private static let derived = ModelDeclaration(
        "misc", "Derived", parents: ["Base"], [FieldDeclaration("extra", .integer)])
    private static let derivedProxy = ModelDeclaration(
        "misc", "DerivedProxy", ordering: ["extra", "base_ptr_id"], proxyOf: "Derived")

    private static let doc = ModelDeclaration(
        "misc", "Doc", table: "misc_document",
        constraints: [
            .unique(name: "doc_code_version", fields: ["code", "version"]),
            .check(name: "doc_version_ge_1", .lookup(LookupPath("version__gte"), .value(1))),
        ], indexes: [IndexDeclaration(name: "doc_code_idx", fields: ["code", "-version"])],
        [
            FieldDeclaration("code", .char(10)), FieldDeclaration("version", .positiveInteger),
            FieldDeclaration("deleted", .boolean, default: .value(false)),
        ])

    private static let ownerA = ModelDeclaration("misc", "OwnerA", [FieldDeclaration("name", .char(10))])

    private static let owned: [ModelDeclaration] = [
        ModelDeclaration(
            "misc", "OnCascade", [.reference("owner", to: "OwnerA", onDelete: .cascade, relatedName: "+")]),
        ModelDeclaration("misc", "OnProtect", [.reference("owner", to: "OwnerA", onDelete: .protect)]),
        ModelDeclaration("misc", "OnRestrict", [.reference("owner", to: "OwnerA", onDelete: .restrict)]),
        ModelDeclaration("misc", "OnSetNull", [.reference("owner", to: "OwnerA", onDelete: .setNull, null: true)]),
        ModelDeclaration(
            "misc", "OnSetDefault", [.reference("owner", to: "OwnerA", onDelete: .setDefault, default: .value(1))]),
        ModelDeclaration("misc", "OnSet", [.reference("owner", to: "OwnerA", onDelete: .set(sentinel))]),
        ModelDeclaration(
            "misc", "OnDoNothing", [.reference("owner", to: "OwnerA", onDelete: .doNothing, constraint: false)]),
    ]

    private static let seat = ModelDeclaration(
        "misc", "Seat",
        [
            FieldDeclaration("pk", .composite(["row", "number"]), primaryKey: true), FieldDeclaration("row", .char(2)),
            FieldDeclaration("number", .integer), FieldDeclaration("holder", .char(20), null: true),
        ])

    private static let keyed = ModelDeclaration(
        "misc", "Keyed",
        [
            FieldDeclaration("id", .uuid, primaryKey: true, default: .call { .uuid(UUID()) }),
            FieldDeclaration("label", .char(20), unique: true),
        ])

    private static let counter = ModelDeclaration(
        "misc", "Counter",
        [
            FieldDeclaration("name", .char(20), unique: true), FieldDeclaration("hits", .integer, default: .value(0)),
            FieldDeclaration("weight", .integer, databaseDefault: 7),
            FieldDeclaration(
                "twice", .integer, generated: .arithmetic(.path(LookupPath("hits")), .multiply, .value(2))),
            FieldDeclaration("created", .dateTime, clock: .whenCreated),
            FieldDeclaration("updated", .dateTime, clock: .whenSaved),
        ])
}

/// What takes the place of a deleted owner.
@Sendable private func sentinel(_ store: RecordStore) async throws -> Value {
    try await store.getOrCreate(QueryTree("misc.OwnerA"), [("name", .value("sentinel"))], defaults: []).record.key
}
