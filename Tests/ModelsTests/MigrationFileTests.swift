// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceModels
import Testing

@Suite("Files of migrations")
struct MigrationFileTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ models: [ModelDeclaration], to folder: String) throws {
        var history = try MigrationHistory(folder: folder)
        let next = try #require(try history.next(Schema(models), allowsDrops: true))
        try history.append(next)
        try history.writeLast(to: folder)
    }

    private var changed: [ModelDeclaration] {
        var models = Schemas.shop
        models[0].fields.append(FieldDeclaration("age", .integer, null: true))
        return models
    }

    @Test("They come back as they were written")
    func roundTrip() throws {
        try withFolder { folder in
            #expect(try MigrationHistory(folder: folder).migrations.isEmpty)
            try write(Schemas.shop, to: folder)
            try write(changed, to: folder)
            let read = try MigrationHistory(folder: folder)
            #expect(read.migrations.map(\.name) == ["0001_initial", "0002_add_column_shop_customer_age"])
            #expect(try read.next(Schema(changed)) == nil)
            #expect(read.migrations[1].review?["sqlite"]?.contains { $0.contains("CREATE TABLE") } == true)
            #expect(
                read.migrations[1].review?["postgresql"]?.last
                    == "ALTER TABLE \"shop_customer\" ADD COLUMN \"age\" integer NULL")
        }
    }

    @Test("A file that was changed, is missing, is too many, or is no migration is named")
    func damage() throws {
        try withFolder { folder in
            try write(Schemas.shop, to: folder)
            try write(changed, to: folder)
            let first = folder + "/0001_initial.json"
            let second = folder + "/0002_add_column_shop_customer_age.json"
            let (one, two) = (
                try String(contentsOfFile: first, encoding: .utf8), try String(contentsOfFile: second, encoding: .utf8)
            )
            func message() -> String {
                do {
                    _ = try MigrationHistory(folder: folder)
                    return ""
                } catch {
                    return "\(error)"
                }
            }
            try one.replacing("char(40)", with: "char(41)").write(toFile: first, atomically: true, encoding: .utf8)
            #expect(message().contains("0001_initial"))
            try one.write(toFile: first, atomically: true, encoding: .utf8)
            #expect(message() == "")
            try FileManager.default.removeItem(atPath: second)
            #expect(message().contains("schema.lock.json"))
            try two.write(toFile: second, atomically: true, encoding: .utf8)
            // Two who made one at once.
            try two.replacing("0002_add_column_shop_customer_age", with: "0002_other")
                .write(toFile: folder + "/0002_other.json", atomically: true, encoding: .utf8)
            #expect(message().contains("0002_other"))
            try "{}".write(toFile: folder + "/0002_other.json", atomically: true, encoding: .utf8)
            #expect(message().contains("0002_other"))
            try FileManager.default.removeItem(atPath: folder + "/0002_other.json")
            try FileManager.default.removeItem(atPath: folder + "/schema.lock.json")
            #expect(message().contains("schema.lock.json"))
        }
    }

    @Test(
        "Kinds of columns are read as they are written", arguments: ["char(5)", "decimal(8,2)", "bigAuto", "ipAddress"])
    func kinds(_ code: String) throws {
        let kind = try JSONDecoder().decode([FieldKind].self, from: Data("[\"\(code)\"]".utf8))
        #expect(try String(decoding: JSONEncoder().encode(kind), as: UTF8.self) == "[\"\(code)\"]")
    }

    @Test(
        "What is no kind is refused", arguments: ["", "char", "char()", "char(x)", "decimal(1)", "reference", "char(5"])
    func noKinds(_ code: String) {
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode([FieldKind].self, from: Data("[\"\(code)\"]".utf8))
        }
    }
}
