// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import SluiceModels
import Testing

@testable import GoldenCases

/// All typed cases, one after the other: they share a database, and each one rolls back what it did.
@Suite(.serialized) enum TypedCases {}

/// The recorded cases, and a database with the rows that they are about.
struct Golden: Sendable {
    let fixture: Fixture
    let cases: [String: JSON]
    let before: [String: [JSON: JSON]]

    /// On SQLite, and on PostgreSQL if there is one for the tests.
    static let all: [Task<Golden, any Error>] = {
        let server = ProcessInfo.processInfo.environment["SLUICE_TEST_POSTGRESQL"]
        return ([":memory:"] + [server].compactMap { $0 }).map { location in Task { try await Golden(location) } }
    }()

    private init(_ location: String) async throws {
        let recorded = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "GoldenCases/Recorded")
        fixture = try await Fixture(
            location: location, data: recorded.appending(path: "data"), space: "typed")
        var cases: [String: JSON] = [:]
        for name in ["cases.json", "seeds.json"] {
            let file = try Data(contentsOf: recorded.appending(path: name))
            for test in try JSONDecoder().decode(JSON.self, from: file)["cases"]?.array ?? [] {
                cases[test["id"]?.string ?? ""] = test
            }
        }
        self.cases = cases
        before = try await fixture.snapshot()
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
    for task in Golden.all {
        let golden = try await task.value
        let test = try #require(golden.cases[id], "there is no case \(id)", sourceLocation: sourceLocation)
        try await golden.run(test, id, sourceLocation, body)
    }
}

extension Golden {
    fileprivate func run(
        _ test: JSON, _ id: String, _ location: SourceLocation, _ body: () async throws -> Any?
    ) async throws {
        guard test["backends"]?.array?.contains(.string(fixture.backend)) ?? true else { return }
        let databases = fixture.store.databases
        let wantsFields = test["result"]?["fields"] != nil
        do {
            try await Databases.$current.withValue(databases) {
                try await databases.main.transaction {
                    if test["changes"] != nil { try await fixture.resetCounters() }
                    var result = JSON.null
                    var failure: String?
                    let (_, log) = await QueryLog.record {
                        do {
                            let value = try await databases.main.transaction { try await body() }
                            result = try Self.recorded(value, withFields: wantsFields)
                        } catch {
                            failure = "\(PyError.name(of: error)): \(error)"
                        }
                    }
                    judge(test, "\(id) on \(fixture.backend)", result, failure, location)
                    let allowed = test["sql_count"]?.int ?? test["sql_count"]?[fixture.backend]?.int
                    let sent = log.entries.filter(counts).map(\.sql)
                    let isFrugal = sent.count <= (allowed ?? Int.max)
                    #expect(isFrugal, "\(id): \(sent.joined(separator: "\n"))", sourceLocation: location)
                    if let changes = test["changes"] ?? test["changes_by_backend"]?[fixture.backend] {
                        let got = Fixture.changes(before, try await fixture.snapshot())
                        let isSame = CaseRunner.sameChanges(changes, got)
                        #expect(
                            isSame, "\(id): \(CaseRunner.short(got)) is not \(CaseRunner.short(changes))",
                            sourceLocation: location)
                    }
                    throw Undo()
                }
            }
        } catch is Undo {}
    }

    private func judge(_ test: JSON, _ id: String, _ result: JSON, _ failure: String?, _ location: SourceLocation) {
        if let error = test["error"]?.string {
            let wanted = error == "RelatedObjectDoesNotExist" ? "DoesNotExist" : error
            #expect(failure?.hasPrefix(wanted) == true, "\(id): \(failure ?? "no error")", sourceLocation: location)
            return
        }
        guard failure == nil else {
            Issue.record("\(id): \(failure ?? "")", sourceLocation: location)
            return
        }
        let isOrdered = test["ordered"] != .bool(false)
        let answers =
            test["result"].map { [$0] }
            ?? ["postgresql", fixture.backend].compactMap { test["result_by_backend"]?[$0] }
        let isRight = answers.isEmpty || answers.contains { Comparison.matches($0, result, ordered: isOrdered) }
        #expect(
            isRight, "\(id): \(CaseRunner.short(result)) is not \(CaseRunner.short(answers.first ?? .null))",
            sourceLocation: location)
    }
}

/// Whether a statement counts: not those that begin and end transactions.
private func counts(_ entry: QueryLog.Entry) -> Bool {
    ["SELECT", "INSERT", "UPDATE", "DELETE"].contains { (verb: String) in entry.sql.hasPrefix(verb) }
}

/// Rows of columns as Django's dictionaries.
func named<Row>(_ names: [String], _ rows: [Row]) -> [[String: Any]] {
    rows.map { (row: Row) -> [String: Any] in
        let mirror = Mirror(reflecting: row)
        let values: [Any] = mirror.displayStyle == .tuple ? mirror.children.map { $0.value } : [row]
        return Dictionary(uniqueKeysWithValues: zip(names, values))
    }
}

/// Runs something on the recorded rows, on each database, and takes it back.
func onRecordedRows(_ body: () async throws -> Void) async throws {
    for task in Golden.all {
        let golden = try await task.value
        let databases = golden.fixture.store.databases
        try await golden.fixture.resetCounters()
        do {
            try await Databases.$current.withValue(databases) {
                try await databases.main.transaction {
                    try await body()
                    throw Golden.Undo()
                }
            }
        } catch is Golden.Undo {}
    }
}
