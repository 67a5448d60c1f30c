// SPDX-License-Identifier: Apache-2.0

import JSONTree
import SluiceModels

/// Runs one case and says how it differs from what was recorded.
struct CaseRunner {
    let fixture: Fixture

    enum Outcome {
        case passed
        case failed(expected: String, got: String)
        case skipped(String)
    }

    /// Ends the transaction of a case.
    private struct Undo: Error {}

    private final class Result {
        var value: JSON?
        var error: (name: String, text: String)?
        var changes = JSON.object([:])
        var statements = 0
        var wrote = false
    }

    func run(_ test: JSON, before: [String: [JSON: JSON]]) async throws -> (Outcome, statements: Int, allowed: Int?) {
        guard let statements = test["neutral"]?.array else { return (.skipped("no neutral form"), 0, nil) }
        if Self.holds(py: test["neutral"] ?? .null) { return (.skipped("a piece of raw Python"), 0, nil) }
        if test["backends"]?.array?.contains(.string(fixture.backend)) == false {
            return (.skipped("not recorded on \(fixture.backend)"), 0, nil)
        }
        let result = Result()
        do {
            try await fixture.store.databases.main.transaction {
                let interpreter = Interpreter(store: fixture.store, app: test["app"]?.string ?? "")
                let (_, log) = await QueryLog.record {
                    do {
                        try await fixture.store.databases.main.transaction {
                            let value = try await interpreter.run(statements)
                            result.value = try await Self.recorded(
                                value, interpreter, withFields: Self.wantsFields(test))
                        }
                    } catch {
                        result.error = (PyError.name(of: error), "\(error)")
                    }
                }
                result.statements = log.entries.count { Self.counts($0.sql) }
                // Rows are compared only where something may have changed them.
                if log.entries.contains(where: { !$0.sql.hasPrefix("SELECT") }) {
                    result.wrote = true
                    result.changes = Fixture.changes(before, try await fixture.snapshot())
                }
                throw Undo()
            }
        } catch is Undo {}
        if result.wrote { try await fixture.resetCounters() }
        let allowed = test["sql_count"]?.int ?? test["sql_count"]?[fixture.backend]?.int
        return (judge(test, result), result.statements, allowed)
    }

    private static func counts(_ sql: String) -> Bool {
        ["SELECT", "INSERT", "UPDATE", "DELETE"].contains { sql.hasPrefix($0) }
    }

    private static func holds(py tree: JSON) -> Bool {
        switch tree {
        case .array(let items): items.contains(where: holds)
        case .object(let members): members["py"] != nil || members.values.contains(where: holds)
        default: false
        }
    }

    private static func wantsFields(_ test: JSON) -> Bool {
        if test["result"]?["fields"] != nil { return true }
        return test["result_by_backend"]?["postgresql"]?["fields"] != nil
    }

    /// A result in the form of the cases; sets are asked for their rows.
    private static func recorded(_ value: Py, _ interpreter: Interpreter, withFields: Bool) async throws -> JSON {
        switch value {
        case .query(let set): return .array(try await interpreter.rows(of: set).map { try Comparison.canonical($0) })
        case .manager:
            return .array(try await (interpreter.items(of: value) ?? []).map { try Comparison.canonical($0) })
        case .list(let items), .tuple(let items):
            var values: [JSON] = []
            for item in items { values.append(try await recorded(item, interpreter, withFields: false)) }
            return .array(values)
        case .instance(let instance) where withFields:
            guard case .object(var members) = try Comparison.canonical(value) else { return .null }
            var fields: [String: JSON] = [:]
            for (field, value) in zip(instance.record.model.fields, instance.record.values) {
                fields[field.attribute] = value.map { Comparison.canonical($0) } ?? .null
            }
            members["fields"] = .object(fields)
            return .object(members)
        default: return try Comparison.canonical(value)
        }
    }

    private func judge(_ test: JSON, _ result: Result) -> Outcome {
        // PostgreSQL's answer is wanted on both; Django's own answer on this backend is accepted.
        let wantedErrors = [test["error"]?.string, test["error_by_backend"]?[fixture.backend]?.string].compactMap { $0 }
        let otherErrors = test["error_by_backend"]?["postgresql"]?.string.map { [$0] } ?? []
        if let (name, text) = result.error {
            let isWanted = (wantedErrors + otherErrors).contains { Self.isSame(error: $0, name) }
            return isWanted ? .passed : .failed(expected: wantedErrors.first ?? "a result", got: text)
        }
        if !wantedErrors.isEmpty { return .failed(expected: wantedErrors[0], got: Self.short(result.value ?? .null)) }
        let isOrdered = test["ordered"] != .bool(false)
        var answers: [JSON] = []
        if let answer = test["result"] { answers.append(answer) }
        if case .object(let both)? = test["result_by_backend"] {
            answers += ["postgresql", fixture.backend].compactMap { both[$0] }
        }
        let value = result.value ?? .null
        guard answers.isEmpty || answers.contains(where: { Comparison.matches($0, value, ordered: isOrdered) }) else {
            return .failed(expected: Self.short(answers[0]), got: Self.short(value))
        }
        var changes: [JSON] = []
        if let wanted = test["changes"] { changes.append(wanted) }
        if case .object(let both)? = test["changes_by_backend"] {
            changes += ["postgresql", fixture.backend].compactMap { both[$0] }
        }
        if changes.isEmpty { changes = [.object([:])] }
        guard changes.contains(where: { Self.sameChanges($0, result.changes) }) else {
            return .failed(expected: "changes \(Self.short(changes[0]))", got: Self.short(result.changes))
        }
        return .passed
    }

    private static func isSame(error wanted: String, _ got: String) -> Bool {
        let kinds = [
            "DatabaseError": ["OperationalError", "IntegrityError", "DataError"],
            "ObjectDoesNotExist": ["DoesNotExist"],
            "InvalidOperation": ["DatabaseError", "ValueError"], "DataError": ["DatabaseError"],
            "FieldDoesNotExist": ["FieldError"],
            "ConnectionDoesNotExist": ["DatabaseError"],
        ]
        return wanted == got || kinds[wanted]?.contains(got) == true
    }

    static func sameChanges(_ expected: JSON, _ got: JSON) -> Bool {
        guard case .object(let first) = expected, case .object(let second) = got, first.keys == second.keys else {
            return false
        }
        return first.allSatisfy { table, entry in
            guard case .object(let wanted) = entry, case .object(let found)? = second[table], wanted.keys == found.keys
            else {
                return false
            }
            return wanted.allSatisfy { kind, rows in Comparison.matches(rows, found[kind] ?? .null, ordered: false) }
        }
    }

    static func short(_ json: JSON) -> String {
        let text = "\(describe(json))"
        return text.count > 700 ? text.prefix(700) + "…" : text
    }

    private static func describe(_ json: JSON) -> String {
        switch json {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .int(let number): "\(number)"
        case .double(let number): "\(number)"
        case .string(let text): "\"\(text)\""
        case .array(let items): "[" + items.map(describe).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.sorted { $0.key < $1.key }.map { "\($0.key): \(describe($0.value))" }.joined(separator: ", ")
                + "}"
        }
    }
}
