// SPDX-License-Identifier: Apache-2.0

/// SQLite's SQL, with PostgreSQL's meaning where Django's differs between the two: text is compared with its case,
/// NULLs come last, decimals are not divided as whole numbers.
///
/// Functions whose names begin with `sluice_` are brought along by the connection.
public struct SQLiteDialect: Dialect {
    /// The only one.
    public init() {}

    /// `sqlite`.
    public var name: String { "sqlite" }
    /// `?`.
    public var placeholders: PlaceholderStyle { .question }
    /// `EXPLAIN QUERY PLAN`.
    public var explainKeyword: String { "EXPLAIN QUERY PLAN" }
    /// Takes the lock for writing at once. Tables that are made anew must not take the rows that refer to them along, so
    /// references are checked at the end; another process that migrates is waited for, for a minute.
    public var transactions: TransactionStatements {
        var statements = TransactionStatements()
        statements.begin = "BEGIN IMMEDIATE"
        statements.beforeMigration = ["PRAGMA foreign_keys = OFF", "PRAGMA busy_timeout = 60000"]
        statements.checkMigration = "PRAGMA foreign_key_check"
        statements.afterMigration = ["PRAGMA busy_timeout = 5000", "PRAGMA foreign_keys = ON"]
        return statements
    }
    /// SQLite's table-valued pragmas. A whole-number key counts by itself, whether it is said or not.
    public var inspection: InspectionStatements {
        let tables = "FROM sqlite_schema t JOIN"
        let own = "t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        return InspectionStatements(
            columns: """
                SELECT t.name, c.name, c.type, CAST(c."notnull" AS TEXT), CAST(c.pk AS TEXT),
                    CASE WHEN lower(c.type) = 'integer' AND c.pk = 1 THEN '1' ELSE '0' END
                \(tables) pragma_table_xinfo(t.name) c WHERE \(own) AND c.hidden <> 1 ORDER BY t.name, c.cid
                """,
            uniques: """
                SELECT t.name, (SELECT x.name FROM pragma_index_info(i.name) x)
                \(tables) pragma_index_list(t.name) i
                WHERE \(own) AND i."unique" AND NOT i.partial
                    AND (SELECT COUNT(*) FROM pragma_index_info(i.name)) = 1
                """,
            references: """
                SELECT t.name, f."from", f."table", COALESCE(f."to",
                    (SELECT c.name FROM pragma_table_info(f."table") c WHERE c.pk = 1))
                \(tables) pragma_foreign_key_list(t.name) f WHERE \(own)
                """)
    }
    /// Reads the file's first page, as `SELECT 1` would not.
    public var probe: String { "PRAGMA schema_version" }
    /// Those of SQLite's own schema table.
    public var tableNames: String {
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
    }
    /// What stands after the type of a counted key.
    public var countedKeySuffix: String { " AUTOINCREMENT" }

    /// What SQLite can do.
    public var features: Features {
        var features = Features()
        features.maxBinds = 32_766
        features.needsGroupBy = true
        return features
    }

    /// The type of a column of a kind, without constraints.
    public func type(of kind: FieldKind) -> String {
        switch kind {
        case .auto, .bigAuto, .integer: "integer"
        case .smallInteger: "smallint"
        case .bigInteger: "bigint"
        case .positiveSmallInteger: "smallint unsigned"
        case .positiveInteger: "integer unsigned"
        case .positiveBigInteger: "bigint unsigned"
        case .float: "real"
        case .decimal: "decimal"
        case .boolean: "bool"
        case .char(let length), .email(let length), .url(let length), .slug(let length), .file(let length):
            "varchar(\(length))"
        case .text, .json: "text"
        case .date: "date"
        case .dateTime: "datetime"
        case .time: "time"
        case .duration: "bigint"
        case .uuid, .ipAddress: kind == .uuid ? "char(32)" : "char(39)"
        case .binary: "BLOB"
        case .reference, .manyToMany, .composite: "integer"
        }
    }
}

extension SQLiteDialect: DialectWriter {
    func write(value: Value, _ kind: FieldKind?, _ writer: inout SQLWriter) {
        if case .json(let json) = value {
            writer.write("JSON(")
            writer.bind(.text(json.text))
            writer.write(")")
        } else {
            writer.bind(value)
        }
    }

    func write(direction term: OrderTerm, _ writer: inout SQLWriter) {
        writer.write(term.isDescending ? " DESC" : " ASC")
        switch term.nulls {
        case .first?: writer.write(" NULLS FIRST")
        case .last?: writer.write(" NULLS LAST")
        case nil:
            if let node = term.node, node.mayBeNull { writer.write(term.isDescending ? " NULLS FIRST" : " NULLS LAST") }
        }
    }

    func write(lock: Lock, tables: [String], _ writer: inout SQLWriter) {}

    func write(limit: Int?, offset: Int, _ writer: inout SQLWriter) {
        if let limit { writer.write(" LIMIT \(limit)") } else if offset > 0 { writer.write(" LIMIT -1") }
        if offset > 0 { writer.write(" OFFSET \(offset)") }
    }

    func write(
        _ left: Node, _ operation: ArithmeticOperator, _ right: Node, _ kind: FieldKind?, _ compiler: SQLCompiler,
        _ writer: inout SQLWriter
    ) throws {
        func plain(_ sign: String) throws {
            writer.write("(")
            try compiler.write(left, into: &writer)
            writer.write(sign)
            try compiler.write(right, into: &writer)
            writer.write(")")
        }
        let times: Set<FieldKind> = [.date, .dateTime, .time]
        if let first = left.kind, let second = right.kind, times.contains(first) || times.contains(second) {
            let isDifference = times.contains(first) && times.contains(second)
            writer.write(isDifference ? "sluice_time_difference(" : "sluice_time_add(")
            let (time, span) = times.contains(first) ? (left, right) : (right, left)
            try compiler.write(time, into: &writer)
            writer.write(operation == .subtract && !isDifference ? ", -(" : ", (")
            try compiler.write(span, into: &writer)
            writer.write(isDifference ? "))" : time.kind == .time ? "), 'time')" : "), 'datetime')")
            return
        }
        switch operation {
        case .power: try compiler.write(call: "sluice_power", [left, right], into: &writer)
        case .bitXor: try compiler.write(call: "sluice_bitxor", [left, right], into: &writer)
        case .divide where kind?.isDecimal == true:
            writer.write("(1.0 * ")
            try compiler.write(left, into: &writer)
            writer.write(" / ")
            try compiler.write(right, into: &writer)
            writer.write(")")
        case .modulo where kind?.isDecimal == true || kind == .float:
            try compiler.write(call: "sluice_mod", [left, right], into: &writer)
        default: try plain(" \(operation.rawValue) ")
        }
    }

    func write(cast node: Node, to kind: FieldKind, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws {
        switch kind {
        case .date:
            writer.write("SUBSTR(")
            try compiler.write(node, into: &writer)
            writer.write(", 1, 10)")
        case .dateTime, .time: try compiler.write(node, into: &writer)
        case .boolean:
            writer.write("(CAST(")
            try compiler.write(node, into: &writer)
            writer.write(" AS integer) <> 0)")
        default:
            let type =
                kind.isInteger || kind == .duration
                ? "integer" : kind.isDecimal ? "NUMERIC" : kind == .float ? "REAL" : kind == .binary ? "BLOB" : "TEXT"
            if case .decimal(_, let places) = kind {
                writer.write("ROUND(CAST(")
                try compiler.write(node, into: &writer)
                writer.write(" AS NUMERIC), \(places))")
                return
            }
            writer.write("CAST(")
            try compiler.write(node, into: &writer)
            writer.write(" AS \(type))")
        }
    }

    func write(aggregate: Aggregate, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws {
        let name: String
        switch aggregate.function {
        case .count: name = "COUNT"
        case .sum: name = aggregate.kind.isDecimal ? "sluice_decimal_sum" : "SUM"
        case .average: name = aggregate.kind.isDecimal ? "sluice_decimal_avg" : "AVG"
        case .minimum: name = "MIN"
        case .maximum: name = "MAX"
        case .standardDeviation: name = aggregate.isSample ? "sluice_stddev_samp" : "sluice_stddev_pop"
        case .variance: name = aggregate.isSample ? "sluice_var_samp" : "sluice_var_pop"
        case .stringAggregate: name = "GROUP_CONCAT"
        }
        try write(aggregate: aggregate, as: name, separatedBy: ", ", compiler, &writer)
    }

    func write(
        key path: [String], of node: Node, asText: Bool, _ compiler: SQLCompiler, _ writer: inout SQLWriter
    ) throws {
        writer.write("(")
        try compiler.write(node, into: &writer)
        writer.write(asText ? " ->> " : " -> ")
        writer.bind(.text(Self.jsonPath(path)))
        writer.write(")")
    }

    static func jsonPath(_ path: [String]) -> String {
        var text = "$"
        for key in path {
            if let index = Int(key) {
                text += index < 0 ? "[#\(index)]" : "[\(index)]"
            } else {
                text += "."
                JSONValue.quote(key, to: &text)
            }
        }
        return text
    }

    func write(textMatch lookup: Lookup, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws {
        var left = lookup.left
        if case .key(let inner, let path, _) = left { left = .key(inner, path, asText: true) }
        let name = lookup.name
        if name == "regex" || name == "iregex" {
            writer.write(name == "regex" ? "sluice_regex(" : "sluice_iregex(")
            try compiler.write(left, into: &writer)
            writer.write(", ")
            try compiler.write(lookup.right, against: .value(.text(""), .text), into: &writer)
            writer.write(")")
            return
        }
        let foldsCase = name.hasPrefix("i")
        func write(_ node: Node, _ writer: inout SQLWriter) throws {
            writer.write(foldsCase ? "sluice_upper(" : "CAST(")
            try compiler.write(node, into: &writer)
            writer.write(foldsCase ? ")" : " AS TEXT)")
        }
        func writeRight(_ writer: inout SQLWriter) throws {
            switch lookup.right {
            case .value(let value): writer.bind(.text(foldsCase ? value.plainText.uppercased() : value.plainText))
            case .node(let node): try write(node, &writer)
            default:
                writer.write(foldsCase ? "sluice_upper(" : "CAST(")
                try compiler.write(lookup.right, against: left, into: &writer)
                writer.write(foldsCase ? ")" : " AS TEXT)")
            }
        }
        switch name {
        case "iexact":
            try write(left, &writer)
            writer.write(" = ")
            try writeRight(&writer)
        case "contains", "icontains":
            writer.write("INSTR(")
            try write(left, &writer)
            writer.write(", ")
            try writeRight(&writer)
            writer.write(") > 0")
        case "startswith":
            guard case .value(let value) = lookup.right else { fallthrough }
            // An index on the column serves a GLOB whose pattern begins with plain text.
            try compiler.write(left, into: &writer)
            writer.write(" GLOB ")
            writer.bind(.text(Self.globEscaped(value.plainText) + "*"))
        case "istartswith":
            writer.write("INSTR(")
            try write(left, &writer)
            writer.write(", ")
            try writeRight(&writer)
            writer.write(") = 1")
        case "endswith", "iendswith":
            writer.write("sluice_ends(")
            try write(left, &writer)
            writer.write(", ")
            try writeRight(&writer)
            writer.write(")")
        default: throw ModelError(.field, "Unsupported lookup '\(name)'")
        }
    }

    static func globEscaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            if scalar == "*" || scalar == "?" || scalar == "[" {
                escaped += "[\(scalar)]"
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension DialectWriter {
    /// An aggregate by its name here; what stands between a text's argument and its separator is the dialect's.
    func write(
        aggregate: Aggregate, as name: String, separatedBy comma: String, _ compiler: SQLCompiler,
        _ writer: inout SQLWriter
    ) throws {
        writer.write(name)
        writer.write(aggregate.isDistinct ? "(DISTINCT " : "(")
        try compiler.write(aggregate.argument, into: &writer)
        if let separator = aggregate.separator {
            writer.write(comma)
            try compiler.write(separator, into: &writer)
        }
        writer.write(")")
        try writeFilter(aggregate, compiler, &writer)
    }

    private func writeFilter(_ aggregate: Aggregate, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws {
        guard let filter = aggregate.filter?.simplified else { return }
        if case .always = filter { return }
        writer.write(" FILTER (WHERE ")
        try compiler.write(filter, into: &writer)
        writer.write(")")
    }
}

extension Node {
    /// Whether the expression may be NULL.
    var mayBeNull: Bool {
        switch self {
        case .column(let join, let field): field.isNull || join.current.kind == .outer
        case .value(let value, _): value.isNull
        case .reference(_, let node): node.mayBeNull
        case .aggregate(let aggregate): aggregate.function != .count
        case .exists: false
        case .function(let shape, let arguments, _, _):
            ["RowNumber", "Rank", "DenseRank", "Ntile", "PercentRank", "CumeDist"].contains(shape.name)
                ? false
                : ["NullIf", "Lag", "Lead", "NthValue"].contains(shape.name) || arguments.contains(where: \.mayBeNull)
        case .window(let window): window.function.mayBeNull
        default: true
        }
    }
}
