// SPDX-License-Identifier: Apache-2.0

/// Writes resolved expressions as SQL of one dialect.
struct SQLCompiler {
    let dialect: any DialectWriter
    /// What `Now()` is.
    let now: Timestamp

    func write(_ node: Node, into writer: inout SQLWriter) throws {
        switch node {
        case .column(let join, let field):
            writer.quote(join.current.alias)
            writer.write(".")
            writer.quote(field.column)
        case .reference(let name, _): writer.quote(name)
        case .value(.null, _): writer.write("NULL")
        case .value(let value, let kind): dialect.write(value: value, kind, &writer)
        case .star: writer.write("*")
        case .arithmetic(let left, let operation, let right, let kind):
            try dialect.write(left, operation, right, kind, self, &writer)
        case .function(let shape, let arguments, let kind, let zone):
            try dialect.write(function: shape, arguments, kind, zone: zone, self, &writer)
        case .aggregate(let aggregate): try write(aggregate, into: &writer)
        case .window(let window): try write(window, into: &writer)
        case .cast(let inner, let kind): try dialect.write(cast: inner, to: kind, self, &writer)
        case .typed(let inner, let kind):
            // A quotient of decimals taken for a floating-point number is one.
            if kind == .float, inner.kind != .float {
                try dialect.write(cast: inner, to: kind, self, &writer)
            } else {
                try write(inner, into: &writer)
            }
        case .condition(let condition): try writeTruth(condition, into: &writer)
        case .cases(let cases, let otherwise, _): try write(cases, otherwise, into: &writer)
        case .subquery(let select, _):
            if select.isNeverMatching {
                writer.write("NULL")
            } else {
                writer.write("(")
                writer.write(try self.select(select).writer)
                writer.write(")")
            }
        case .exists(let select):
            if select.isNeverMatching {
                try writeTruth(.never, into: &writer)
            } else {
                writer.write("EXISTS(")
                writer.write(try self.select(select).writer)
                writer.write(")")
            }
        case .raw(let pieces, _):
            for piece in pieces {
                switch piece {
                case .sql(let sql): try writer.write(raw: sql)
                case .value(let value): dialect.write(value: value, nil, &writer)
                case .node(let node): try write(node, into: &writer)
                }
            }
        case .key(let inner, let path, let asText):
            try dialect.write(key: path, of: inner, asText: asText, self, &writer)
        case .row(let nodes):
            writer.write("(")
            try write(list: nodes, into: &writer)
            writer.write(")")
        }
    }

    func write(list nodes: [Node], into writer: inout SQLWriter) throws {
        for (index, node) in nodes.enumerated() {
            if index > 0 { writer.write(", ") }
            try write(node, into: &writer)
        }
    }

    /// `NAME(arguments)`.
    func write(call name: String, _ arguments: [Node], into writer: inout SQLWriter) throws {
        writer.write(name)
        writer.write("(")
        try write(list: arguments, into: &writer)
        writer.write(")")
    }

    /// A condition where a value is wanted.
    private func writeTruth(_ condition: Condition, into writer: inout SQLWriter) throws {
        switch condition.simplified {
        case .always: writer.write("(1 = 1)")
        case .never: writer.write("(1 = 0)")
        case let condition:
            writer.write("(")
            try write(condition, into: &writer)
            writer.write(")")
        }
    }

    private func write(
        _ cases: [(when: Condition, then: Node)], _ otherwise: Node?, into writer: inout SQLWriter
    ) throws {
        writer.write("CASE")
        var wasAlways = false
        var wrote = false
        for (when, then) in cases where !wasAlways {
            switch when.simplified {
            case .never: continue
            case .always:
                if wrote { writer.write(" ELSE ") } else { writer.write(" WHEN (1 = 1) THEN ") }
                try write(then, into: &writer)
                wasAlways = true
            case let condition:
                writer.write(" WHEN ")
                try write(condition, into: &writer)
                writer.write(" THEN ")
                try write(then, into: &writer)
            }
            wrote = true
        }
        if !wrote { writer.write(" WHEN (1 = 0) THEN NULL") }
        if !wasAlways {
            writer.write(" ELSE ")
            try write(otherwise ?? .value(.null, nil), into: &writer)
        }
        writer.write(" END")
    }

    private func write(_ aggregate: Aggregate, into writer: inout SQLWriter) throws {
        guard let other = aggregate.defaultValue else {
            try dialect.write(aggregate: aggregate, self, &writer)
            return
        }
        writer.write("COALESCE(")
        try dialect.write(aggregate: aggregate, self, &writer)
        writer.write(", ")
        try write(other, into: &writer)
        writer.write(")")
    }

    private func write(_ window: Window, into writer: inout SQLWriter) throws {
        try write(window.function, into: &writer)
        writer.write(" OVER (")
        if !window.partition.isEmpty {
            writer.write("PARTITION BY ")
            try write(list: window.partition, into: &writer)
        }
        if !window.order.isEmpty {
            writer.write(window.partition.isEmpty ? "ORDER BY " : " ORDER BY ")
            for (index, term) in window.order.enumerated() {
                if index > 0 { writer.write(", ") }
                try write(term, into: &writer)
            }
        }
        if let frame = window.frame {
            func bound(_ offset: Int?, _ unbounded: String) -> String {
                switch offset {
                case nil: "UNBOUNDED \(unbounded)"
                case 0?: "CURRENT ROW"
                case let offset?: offset < 0 ? "\(-offset) PRECEDING" : "\(offset) FOLLOWING"
                }
            }
            writer.write(frame.isRange ? " RANGE BETWEEN " : " ROWS BETWEEN ")
            writer.write(bound(frame.start, "PRECEDING") + " AND " + bound(frame.end, "FOLLOWING"))
        }
        writer.write(")")
    }

    func write(_ term: OrderTerm, into writer: inout SQLWriter) throws {
        try writeTerm(term, into: &writer)
        if term.node != nil { dialect.write(direction: term, &writer) }
    }

    /// A term of an order without its direction.
    func writeTerm(_ term: OrderTerm, into writer: inout SQLWriter) throws {
        guard let node = term.node else {
            writer.write("RANDOM()")
            return
        }
        if case .value = node {
            // A bare number would mean a column by its position.
            try dialect.write(cast: node, to: node.kind ?? .text, self, &writer)
        } else {
            try write(node, into: &writer)
        }
    }

    // MARK: Conditions

    /// A condition that was simplified: neither always nor never true.
    func write(_ condition: Condition, into writer: inout SQLWriter) throws {
        switch condition {
        case .always: writer.write("1 = 1")
        case .never: writer.write("1 = 0")
        case .boolean(let node): try write(node, into: &writer)
        case .lookup(let lookup): try write(lookup, into: &writer)
        case .group(.xor, let isNegated, let parts):
            // True for an odd number of parts.
            writer.write("((")
            for (index, part) in parts.enumerated() {
                if index > 0 { writer.write(" + ") }
                writer.write("CASE WHEN ")
                try write(part, into: &writer)
                writer.write(" THEN 1 ELSE 0 END")
            }
            writer.write(isNegated ? ") % 2 = 0)" : ") % 2 = 1)")
        case .group(let connector, let isNegated, let parts):
            if isNegated { writer.write("NOT ") }
            writer.write("(")
            for (index, part) in parts.enumerated() {
                if index > 0 { writer.write(connector == .and ? " AND " : " OR ") }
                try write(part, into: &writer)
            }
            writer.write(")")
        }
    }

    func write(_ lookup: Lookup, into writer: inout SQLWriter) throws {
        if lookup.left.kind == .json || lookup.left.isKey, try dialect.write(jsonLookup: lookup, self, &writer) {
            return
        }
        switch lookup.name {
        case "isnull":
            let isNull = if case .value(.bool(true)) = lookup.right { true } else { false }
            if case .row(let nodes) = lookup.left, let first = nodes.first {
                try write(first, into: &writer)
            } else {
                try write(lookup.left, into: &writer)
            }
            writer.write(isNull ? " IS NULL" : " IS NOT NULL")
        case "in": try writeIn(lookup, into: &writer)
        case "range":
            try write(lookup.left, into: &writer)
            writer.write(" BETWEEN ")
            let bounds = lookup.right.parts
            for (index, bound) in bounds.enumerated() {
                if index > 0 { writer.write(" AND ") }
                try write(bound, against: lookup.left, into: &writer)
            }
        case "exact", "gt", "gte", "lt", "lte":
            try write(lookup.left, into: &writer)
            writer.write(Self.sign(of: lookup.name))
            try write(lookup.right, against: lookup.left, into: &writer)
        default: try dialect.write(textMatch: lookup, self, &writer)
        }
    }

    private static func sign(of lookup: String) -> StaticString {
        switch lookup {
        case "gt": " > "
        case "gte": " >= "
        case "lt": " < "
        case "lte": " <= "
        default: " = "
        }
    }

    func write(_ right: Lookup.Right, against left: Node, into writer: inout SQLWriter) throws {
        switch right {
        case .value(.list(let values)):
            writer.write("(")
            for (index, value) in values.enumerated() {
                if index > 0 { writer.write(", ") }
                let kind: FieldKind? =
                    if case .row(let nodes) = left, index < nodes.count { nodes[index].kind } else { left.kind }
                dialect.write(value: value, kind, &writer)
            }
            writer.write(")")
        case .value(let value): dialect.write(value: value, left.kind, &writer)
        case .node(let node): try write(node, into: &writer)
        case .query(let select):
            writer.write("(")
            writer.write(try self.select(select).writer)
            writer.write(")")
        case .list(let parts):
            writer.write("(")
            for (index, part) in parts.enumerated() {
                if index > 0 { writer.write(", ") }
                try write(part, against: left, into: &writer)
            }
            writer.write(")")
        }
    }

    private func writeIn(_ lookup: Lookup, into writer: inout SQLWriter) throws {
        if case .row(let nodes) = lookup.left, case .value(.list(let rows)) = lookup.right {
            // Row values in a list are not understood everywhere.
            writer.write("(")
            for (index, row) in rows.enumerated() {
                guard case .list(let parts) = row else { continue }
                if index > 0 { writer.write(" OR ") }
                writer.write("(")
                for (position, (node, part)) in zip(nodes, parts).enumerated() {
                    if position > 0 { writer.write(" AND ") }
                    try write(node, into: &writer)
                    writer.write(" = ")
                    dialect.write(value: part, node.kind, &writer)
                }
                writer.write(")")
            }
            writer.write(")")
            return
        }
        try write(lookup.left, into: &writer)
        writer.write(" IN ")
        try write(lookup.right, against: lookup.left, into: &writer)
    }
}

extension Node {
    var isKey: Bool { if case .key = self { true } else { false } }
}

extension Lookup.Right {
    /// Its parts, if it has several.
    var parts: [Lookup.Right] {
        switch self {
        case .value(.list(let values)): values.map(Lookup.Right.value)
        case .list(let parts): parts
        default: [self]
        }
    }
}
