// SPDX-License-Identifier: Apache-2.0

import Foundation
@testable import GoldenCases
import JSONTree
import SluiceModels
import Testing

/// All typed cases, one after the other: they share a database, and each one rolls back what it did.
@Suite(.serialized) enum TypedCases {}

/// The recorded cases, and a database with the rows that they are about.
struct Golden: Sendable {
    let fixture: Fixture
    let cases: [String: JSON]
    let before: [String: [JSON: JSON]]

    static let shared = Task {
        let recorded = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "GoldenCases/Recorded")
        let fixture = try await Fixture(location: "sqlite:", data: recorded.appending(path: "data"))
        let file = try Data(contentsOf: recorded.appending(path: "cases.json"))
        let all = try JSONDecoder().decode(JSON.self, from: file)["cases"]?.array ?? []
        return Golden(
            fixture: fixture, cases: Dictionary(uniqueKeysWithValues: all.map { ($0["id"]?.string ?? "", $0) }),
            before: try await fixture.snapshot())
    }

    /// Ends the transaction of a case.
    struct Undo: Error {}

    /// A typed result in the form of the cases.
    static func recorded(_ value: Any?, withFields: Bool = false) throws -> JSON {
        guard let value else { return .null }
        switch value {
        case let json as JSON: return json
        case let value as any ColumnValue: return Comparison.canonical(value.columnValue)
        case let object as any Model: return try recorded(object, withFields)
        case let items as [Any]: return .array(try items.map { try recorded($0) })
        case let members as [String: Any]: return .object(try members.mapValues { try recorded($0) })
        default:
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional {
                return try mirror.children.first.map { try recorded($0.value, withFields: withFields) } ?? .null
            }
            return .array(try mirror.children.map { try recorded($0.value) })
        }
    }

    private static func recorded(_ object: some Model, _ withFields: Bool) throws -> JSON {
        var members: [String: JSON] = [
            "$model": .string(type(of: object).label), "pk": Comparison.canonical(object.primaryKey.columnValue),
        ]
        if withFields {
            var encoder = ModelEncoder()
            object.encode(to: &encoder)
            let model = try Databases.required().main.schema.required(type(of: object).label)
            let fields = zip(model.fields, encoder.values).map { ($0.attribute, Comparison.canonical($1)) }
            members["fields"] = .object(Dictionary(uniqueKeysWithValues: fields))
        }
        return .object(members)
    }
}

/// Runs a typed form of a recorded case: the same result, the same changes of tables, no more statements than Django.
func golden(
    _ id: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Any?
) async throws {
    let golden = try await Golden.shared.value
    let test = try #require(golden.cases[id], "there is no case \(id)", sourceLocation: sourceLocation)
    let wantsFields = test["result"]?["fields"] != nil
    let databases = golden.fixture.store.databases
    do {
        try await Databases.$current.withValue(databases) {
            try await databases.main.transaction {
                var result = JSON.null
                var failure: String?
                let (_, log) = await QueryLog.record {
                    do {
                        let value = try await databases.main.transaction { try await body() }
                        result = try Golden.recorded(value, withFields: wantsFields)
                    } catch {
                        failure = "\(PyError.name(of: error)): \(error)"
                    }
                }
                let answers =
                    test["result"].map { [$0] }
                    ?? ["postgresql", "sqlite"].compactMap { test["result_by_backend"]?[$0] }
                if let error = test["error"]?.string {
                    let wanted = error == "RelatedObjectDoesNotExist" ? "DoesNotExist" : error
                    #expect(
                        failure?.hasPrefix(wanted) == true, "\(id): \(failure ?? "no error")",
                        sourceLocation: sourceLocation)
                } else {
                    #expect(failure == nil, "\(id): \(failure ?? "")", sourceLocation: sourceLocation)
                    let isOrdered = test["ordered"] != .bool(false)
                    let isRight =
                        failure != nil || answers.isEmpty
                        || answers.contains { Comparison.matches($0, result, ordered: isOrdered) }
                    #expect(
                        isRight, "\(id): \(CaseRunner.short(result)) is not \(CaseRunner.short(answers.first ?? .null))",
                        sourceLocation: sourceLocation)
                }
                let sent = log.entries.count { entry in
                    ["SELECT", "INSERT", "UPDATE", "DELETE"].contains { entry.sql.hasPrefix($0) }
                }
                if let allowed = test["sql_count"]?.int ?? test["sql_count"]?["sqlite"]?.int {
                    #expect(
                        sent <= allowed, "\(id): \(log.entries.map(\.sql).joined(separator: "\n"))",
                        sourceLocation: sourceLocation)
                }
                if let changes = test["changes"] {
                    let got = Fixture.changes(golden.before, try await golden.fixture.snapshot())
                    #expect(
                        CaseRunner.sameChanges(changes, got),
                        "\(id): \(CaseRunner.short(got)) is not \(CaseRunner.short(changes))",
                        sourceLocation: sourceLocation)
                }
                throw Golden.Undo()
            }
        }
    } catch is Golden.Undo {}
}
