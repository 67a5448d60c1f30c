// SPDX-License-Identifier: Apache-2.0

/// What is wrong with an object, by field; `__all__` for rules over several fields.
public struct ValidationErrors: Sendable {
    /// What was found, in the order of the fields.
    public private(set) var messages: [(field: String, message: String)] = []

    mutating func add(_ field: String, _ message: String) { messages.append((field, message)) }

    /// Whether nothing is wrong.
    public var isEmpty: Bool { messages.isEmpty }
}

extension RecordStore {
    /// Checks an object as Django's `full_clean` does: fields, then unique values, then constraints.
    ///
    /// Throws `ModelError` with the code `.validation`.
    public func validate(_ record: Record) async throws {
        let errors = try await validationErrors(of: record)
        guard errors.isEmpty else {
            throw ModelError(.validation, errors.messages.map { "\($0.field): \($0.message)" }.joined(separator: "; "))
        }
    }

    /// What is wrong with an object.
    public func validationErrors(of record: Record) async throws -> ValidationErrors {
        var errors = ValidationErrors()
        for field in record.model.fields { check(field, record[field.attribute], record.isNew, &errors) }
        let failed = Set(errors.messages.map(\.field))
        for field in record.model.fields
        where field.isUnique && !failed.contains(field.name) && !(field.isPrimaryKey && !record.isNew) {
            guard let value = record[field.attribute], !value.isNull else { continue }
            if try await isTaken([(field, value)], record) {
                errors.add(field.name, "\(record.model.declaration.name) with this \(field.name) already exists.")
            }
        }
        for constraint in record.model.declaration.constraints {
            switch constraint {
            case .unique(_, let names, nil):
                let fields = names.compactMap(record.model.field)
                guard !fields.contains(where: { failed.contains($0.name) }) else { continue }
                let values = fields.map { ($0, record[$0.attribute] ?? .null) }
                if !values.contains(where: { $0.1.isNull }), try await isTaken(values, record) {
                    errors.add(
                        "__all__",
                        "\(record.model.declaration.name) with this \(names.joined(separator: " and ")) already exists."
                    )
                }
            case .check(let name, let predicate):
                if try await !holds(predicate, record) { errors.add("__all__", "Constraint “\(name)” is violated.") }
            case .unique: break
            }
        }
        return errors
    }

    private func check(_ field: FieldSchema, _ value: Value?, _ isNew: Bool, _ errors: inout ValidationErrors) {
        guard let value, field.declaration.generated == nil, field.declaration.clock == nil,
            !(field.isPrimaryKey && field.kind.isCounted)
        else { return }
        if value.isNull {
            if !field.isNull, field.declaration.databaseDefault == nil {
                errors.add(field.name, "This field cannot be null.")
            } else if field.isNull, !field.declaration.isBlank {
                errors.add(field.name, "This field cannot be blank.")
            }
            return
        }
        if case .text("") = value, field.kind.isText {
            if !field.declaration.isBlank { errors.add(field.name, "This field cannot be blank.") }
            return
        }
        guard let prepared = try? value.prepared(for: field.kind) else {
            errors.add(field.name, "“\(value.plainText)” is not a valid value.")
            return
        }
        if !field.declaration.choices.isEmpty, !field.declaration.choices.contains(where: { $0.value == prepared }) {
            errors.add(field.name, "Value '\(prepared.plainText)' is not a valid choice.")
        }
        if case .text(let text) = prepared, let limit = field.kind.maxLength, text.unicodeScalars.count > limit {
            errors.add(
                field.name, "Ensure this value has at most \(limit) characters (it has \(text.unicodeScalars.count)).")
        }
        if case .email = field.kind, case .text(let text) = prepared, !Self.isEmail(text) {
            errors.add(field.name, "Enter a valid email address.")
        }
        if case .decimal(let digits, let places) = field.kind, case .decimal(let number) = prepared {
            let number = number.normalized
            if number.places > places {
                errors.add(field.name, "Ensure that there are no more than \(places) decimal places.")
            }
            let whole = max(0, String(number.digits.magnitude).utf8.count - number.places)
            if whole > digits - places {
                errors.add(
                    field.name, "Ensure that there are no more than \(digits - places) digits before the decimal point."
                )
            }
        }
        if case .int(let number) = prepared, let range = field.kind.range, !range.contains(number) {
            errors.add(field.name, "Ensure this value is from \(range.lowerBound) to \(range.upperBound).")
        }
    }

    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".") && !parts[1].hasPrefix(".")
            && !parts[1].hasSuffix(".") && !text.contains(where: \.isWhitespace)
    }

    /// Whether another row has these values.
    private func isTaken(_ values: [(FieldSchema, Value)], _ record: Record) async throws -> Bool {
        var tree = QueryTree(record.model.label)
        // A copy may not have the other row yet.
        tree.database = try writing(record).name
        tree = tree.filter(
            .and(values.map { .compare(LookupPath([$0.0.name]), transforms: [], "exact", .value($0.1)) }))
        if !record.isNew, let own = try keyPredicate(record.model, record) { tree = tree.adding(.exclude(own)) }
        return try await exists(tree)
    }

    /// Whether a condition is true for an object's values; the database says so.
    private func holds(_ predicate: QueryPredicate, _ record: Record) async throws -> Bool {
        let database = try writing(record)
        guard let statement = try database.planner.check(predicate, record) else { return true }
        return try await database.run(statement, writing: false) { reader in
            guard try reader.next() else { return false }
            // NULL passes, as it does in a constraint of the database.
            return reader.isNull(0) || reader.int(0) != 0
        }
    }

    /// Changes some fields of many objects by one statement for each so many of them.
    public func update(_ records: [Record], fields names: [String], batch: Int = 500) async throws -> Int {
        guard let model = records.first?.model, !names.isEmpty else {
            if names.isEmpty { throw ModelError(.value, "Field names must be given to bulk_update().") }
            return 0
        }
        let fields = try names.map { try known($0, model) }
        if fields.contains(where: \.isPrimaryKey) {
            throw ModelError(.value, "bulk_update() cannot be used with primary key fields.")
        }
        guard !records.contains(where: \.key.isNull) else {
            throw ModelError(.value, "All bulk_update() objects must have a primary key set.")
        }
        let database = try writing(records[0])
        return try await database.transaction {
            var count = 0
            for start in stride(from: 0, to: records.count, by: batch) {
                let part = records[start..<min(start + batch, records.count)]
                let assignments = fields.map { field -> (name: String, to: Operand) in
                    let cases = part.map { record -> (when: QueryPredicate, then: QueryExpression) in
                        let value = record[field.attribute] ?? .null
                        return (.lookup(LookupPath("pk"), .value(record.key)), .value(value, field.kind))
                    }
                    return (field.name, .expression(.cast(.cases(cases, otherwise: nil), field.kind)))
                }
                var tree = QueryTree(model.label)
                tree.database = database.name == databases.main.name ? nil : database.name
                count += try await update(
                    tree.filter(.lookup(LookupPath("pk__in"), .value(.list(part.map(\.key))))), assignments)
            }
            return count
        }
    }
}

extension FieldKind {
    /// What a whole number of the kind may be; nil for other kinds.
    package var range: ClosedRange<Int64>? {
        switch self {
        case .smallInteger: -32_768...32_767
        case .positiveSmallInteger: 0...32_767
        case .auto, .integer: -2_147_483_648...2_147_483_647
        case .positiveInteger: 0...2_147_483_647
        case .bigAuto, .bigInteger: Int64.min...Int64.max
        case .positiveBigInteger: 0...Int64.max
        default: nil
        }
    }
}

extension Planner {
    /// A statement that says whether a condition is true for the values of an object; nil if it always is.
    func check(_ predicate: QueryPredicate, _ record: Record) throws -> Statement? {
        let context = ResolveContext(schema: schema, features: dialect.features, database: database)
        let select = Select(record.model, context: context)
        let condition = try select.resolve(predicate, reuse: nil, allowsJoins: false, summarize: false).mapping {
            node in
            guard case .column(_, let field) = node else { return nil }
            return .value(record[field.attribute] ?? .null, field.kind)
        }
        var writer = SQLWriter()
        writer.write("SELECT CASE WHEN ")
        switch condition.simplified {
        case .always: return nil
        case let condition: try compiler().write(condition, into: &writer)
        }
        writer.write(" THEN 1 ELSE 0 END")
        return try statement(writer)
    }
}
