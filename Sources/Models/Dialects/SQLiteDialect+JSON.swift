// SPDX-License-Identifier: Apache-2.0

extension SQLiteDialect {
    /// Comparisons of JSON: by value, numbers with numbers and texts with texts, as PostgreSQL's `jsonb` has it.
    func write(jsonLookup lookup: Lookup, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws -> Bool {
        let (document, path): (Node, [String]) =
            if case .key(let inner, let path, _) = lookup.left { (inner, path) } else { (lookup.left, []) }
        func type(_ keys: [String], _ writer: inout SQLWriter) throws {
            writer.write("JSON_TYPE(")
            try compiler.write(document, into: &writer)
            writer.write(", ")
            writer.bind(.text(Self.jsonPath(path + keys)))
            writer.write(")")
        }
        switch lookup.name {
        case "isnull":
            guard !path.isEmpty, case .value(.bool(let isNull)) = lookup.right else { return false }
            try type([], &writer)
            writer.write(isNull ? " IS NULL" : " IS NOT NULL")
        case "has_key", "has_keys", "has_any_keys":
            guard case .value(let value) = lookup.right else { return false }
            let keys: [Value] = if case .list(let keys) = value { keys } else { [value] }
            writer.write("(")
            for (index, key) in keys.enumerated() {
                if index > 0 { writer.write(lookup.name == "has_any_keys" ? " OR " : " AND ") }
                try type([key.plainText], &writer)
                writer.write(" IS NOT NULL")
            }
            if keys.isEmpty { writer.write(lookup.name == "has_any_keys" ? "1 = 0" : "1 = 1") }
            writer.write(")")
        case "contains" where path.isEmpty && lookup.left.kind == .json, "contained_by":
            throw ModelError(.unsupported, "\(lookup.name) lookup is not supported on this database backend.")
        case "exact", "gt", "gte", "lt", "lte":
            guard case .value(let value) = lookup.right else { return false }
            try compare(lookup.name, try value.jsonValue(), document, path, compiler, &writer)
        case "in":
            guard case .value(.list(let values)) = lookup.right else { return false }
            writer.write("(")
            for (index, value) in values.enumerated() {
                if index > 0 { writer.write(" OR ") }
                try compare("exact", try value.jsonValue(), document, path, compiler, &writer)
            }
            writer.write(")")
        default: return false
        }
        return true
    }

    private func compare(
        _ name: String, _ value: JSONValue, _ document: Node, _ path: [String], _ compiler: SQLCompiler,
        _ writer: inout SQLWriter
    ) throws {
        let signs = ["exact": " = ", "gt": " > ", "gte": " >= ", "lt": " < ", "lte": " <= "]
        let sign = signs[name] ?? " = "
        func call(_ function: String) throws {
            writer.write(function)
            try compiler.write(document, into: &writer)
            writer.write(", ")
            writer.bind(.text(Self.jsonPath(path)))
            writer.write(")")
        }
        func scalar(_ types: String, _ bound: Value) throws {
            writer.write("(")
            try call("JSON_TYPE(")
            writer.write(" IN (\(types)) AND ")
            try call("JSON_EXTRACT(")
            writer.write(sign)
            writer.bind(bound)
            writer.write(")")
        }
        switch value {
        case .int(let number): try scalar("'integer', 'real'", .int(number))
        case .double(let number): try scalar("'integer', 'real'", .double(number))
        case .string(let text): try scalar("'text'", .text(text))
        case .null, .bool:
            try call("JSON_TYPE(")
            writer.write(sign)
            writer.bind(.text(value == .null ? "null" : value == .bool(true) ? "true" : "false"))
        case .array, .object:
            writer.write("JSON(")
            if path.isEmpty {
                try compiler.write(document, into: &writer)
            } else {
                try write(key: path, of: document, asText: false, compiler, &writer)
            }
            writer.write(")")
            writer.write(sign)
            write(value: .json(value), .json, &writer)
        }
    }
}
