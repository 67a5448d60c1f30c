// SPDX-License-Identifier: Apache-2.0

extension SQLCompiler {
    struct Compiled {
        var writer: SQLWriter
        var output: [OutputColumn]
        var shape: RowShape
    }

    /// The conditions of a query, by the clause that they belong to.
    private struct Clauses {
        var rows: [Condition] = []
        var groups: [Condition] = []
        /// Conditions on windows, which no clause of their own query can hold.
        var windows: [Condition] = []

        mutating func sort(_ condition: Condition) {
            if case .group(.and, isNegated: false, let parts) = condition {
                for part in parts { sort(part) }
            } else if condition.containsWindow {
                windows.append(condition)
            } else if condition.containsAggregate {
                groups.append(condition)
            } else {
                rows.append(condition)
            }
        }
    }

    /// The statement of a query; `named` gives each column a name, for the query around it.
    func select(_ select: Select, named: Bool = false) throws -> Compiled {
        if select.compound != nil { return try compound(select, named: named) }
        var (output, shape) = try select.output()
        if select.joins.isEmpty { _ = select.base() }
        let (order, isModelsOwn) =
            select.isExistence && !select.isSliced ? ([], false) : try select.resolvedOrder(output)
        var clauses = Clauses()
        clauses.sort(select.condition)
        if named { output = output.enumerated().map { OutputColumn(node: $1.node, name: $1.name ?? "col\($0 + 1)") } }
        if !clauses.windows.isEmpty {
            return try qualified(select, output, shape, order, clauses)
        }
        let order2 = isModelsOwn && !isUngrouped(select) ? [] : order
        let extra = select.isDistinct && select.distinctOn.isEmpty ? unselected(order2, output) : []
        var writer = SQLWriter()
        try writeHead(select, output + extra, into: &writer)
        try writeFrom(select, into: &writer)
        try writeWhere(clauses.rows, into: &writer)
        let grouping = try groupTerms(select, output + extra, order2, having: clauses.groups)
        if !grouping.isEmpty {
            writer.write(" GROUP BY ")
            for (index, term) in grouping.enumerated() {
                if index > 0 { writer.write(", ") }
                writer.write(term)
            }
        }
        if !clauses.groups.isEmpty {
            if grouping.isEmpty, dialect.features.needsGroupBy { writer.write(" GROUP BY NULL") }
            writer.write(" HAVING ")
            try write(.group(.and, isNegated: false, clauses.groups), into: &writer)
        }
        try writeOrder(order2, select: select, output: output, into: &writer)
        try writeEnd(select, into: &writer)
        return Compiled(writer: writer, output: output, shape: shape)
    }

    private func isUngrouped(_ select: Select) -> Bool {
        if case .none = select.grouping { true } else { false }
    }

    /// What a distinct query is ordered by has to be selected.
    private func unselected(_ order: [OrderTerm], _ output: [OutputColumn]) -> [OutputColumn] {
        var written = Set(output.compactMap { piece($0.node) })
        return order.compactMap { term in
            guard term.selected == nil, let node = term.node, let text = piece(node), written.insert(text).inserted
            else { return nil }
            return OutputColumn(node: node, name: nil)
        }
    }

    private func piece(_ node: Node) -> SQLWriter? {
        var writer = SQLWriter()
        return (try? write(node, into: &writer)).map { writer }
    }

    private func writeHead(_ select: Select, _ output: [OutputColumn], into writer: inout SQLWriter) throws {
        writer.write("SELECT ")
        if select.isDistinct {
            if select.distinctOn.isEmpty {
                writer.write("DISTINCT ")
            } else {
                guard dialect.features.hasDistinctOn else {
                    throw ModelError(.unsupported, "DISTINCT ON fields is not supported by this database backend")
                }
                writer.write("DISTINCT ON (")
                try write(
                    list: try select.distinctOn.map { try select.resolveReference(LookupPath($0).names, reuse: nil) },
                    into: &writer)
                writer.write(") ")
            }
        }
        for (index, column) in output.enumerated() {
            if index > 0 { writer.write(", ") }
            try dialect.write(output: column.node, self, &writer)
            if let name = column.name {
                writer.write(" AS ")
                writer.quote(name)
            }
        }
        if output.isEmpty { writer.write("1") }
    }

    private func writeFrom(_ select: Select, into writer: inout SQLWriter) throws {
        writer.write(" FROM ")
        var isFirst = true
        for join in select.joins where join.uses > 0 {
            guard !isFirst, join.kind != .base, let parent = join.parent else {
                if !isFirst { writer.write(", ") }
                writeTable(join, into: &writer)
                isFirst = false
                continue
            }
            writer.write(join.kind == .outer ? " LEFT OUTER JOIN " : " INNER JOIN ")
            writeTable(join, into: &writer)
            writer.write(" ON (")
            for (index, (own, other)) in join.columns.enumerated() {
                if index > 0 { writer.write(" AND ") }
                writer.quote(parent.current.alias)
                writer.write(".")
                writer.quote(own)
                writer.write(" = ")
                writer.quote(join.alias)
                writer.write(".")
                writer.quote(other)
            }
            if let filter = join.filter?.simplified {
                writer.write(" AND (")
                try write(filter, into: &writer)
                writer.write(")")
            }
            writer.write(")")
        }
        for table in select.extra.tables {
            writer.write(", ")
            writer.quote(table)
        }
    }

    private func writeTable(_ join: Join, into writer: inout SQLWriter) {
        writer.quote(join.table)
        if join.alias != join.table {
            writer.write(" ")
            writer.quote(join.alias)
        }
    }

    func writeWhere(_ conditions: [Condition], into writer: inout SQLWriter) throws {
        switch Condition.group(.and, isNegated: false, conditions).simplified {
        case .always: return
        case let condition:
            writer.write(" WHERE ")
            try write(condition, into: &writer)
        }
    }

    // MARK: Groups

    /// What a query is grouped by, each once (Django's `get_group_by`).
    private func groupTerms(
        _ select: Select, _ output: [OutputColumn], _ order: [OrderTerm], having: [Condition]
    ) throws -> [SQLWriter] {
        var nodes: [Node] = []
        var named: Set<String> = []
        switch select.grouping {
        case .none: return []
        case .model: break
        case .by(let terms):
            for term in terms {
                switch term {
                case .node(let node): nodes.append(node)
                case .annotation(let name):
                    if named.insert(name).inserted, let node = select.annotation(name) { nodes.append(node) }
                }
            }
        }
        for column in output {
            if let name = column.name, named.contains(name) { continue }
            nodes += column.node.groupColumns
        }
        for term in order where term.selected == nil { nodes += term.node?.groupColumns ?? [] }
        for condition in having { nodes += condition.nodes.flatMap(\.groupColumns) }
        var seen: Set<SQLWriter> = []
        var terms: [SQLWriter] = []
        for node in nodes.flatMap(\.flattened) {
            if case .value = node { continue }
            var piece = SQLWriter()
            if let index = output.firstIndex(where: { $0.name != nil && !$0.node.isColumn && same($0.node, node) }) {
                piece.write(String(index + 1))
            } else {
                try write(node, into: &piece)
            }
            if seen.insert(piece).inserted { terms.append(piece) }
        }
        return terms
    }

    private func same(_ left: Node, _ right: Node) -> Bool {
        guard let first = piece(left) else { return false }
        return first == piece(right)
    }

    // MARK: Order and limit

    private func writeOrder(_ order: [OrderTerm], select: Select, output: [OutputColumn], into writer: inout SQLWriter)
        throws
    {
        var seen: [SQLWriter] = []
        for (index, term) in order.enumerated() {
            var piece = SQLWriter()
            if let selected = term.selected, output[selected].name != nil, term.node?.isColumn != true {
                piece.write(String(selected + 1))
            } else {
                try writeTerm(term, into: &piece)
            }
            // The second term over one column says nothing more.
            if order.count > 1 {
                guard !seen.contains(piece) else { continue }
                seen.append(piece)
            }
            writer.write(index == 0 ? " ORDER BY " : ", ")
            writer.write(piece)
            if term.node != nil { dialect.write(direction: term, &writer) }
        }
    }

    private func writeEnd(_ select: Select, into writer: inout SQLWriter) throws {
        let limit = select.isExistence && select.limit == nil ? 1 : select.limit
        dialect.write(limit: limit, offset: select.offset, &writer)
        // Without row locks a transaction that writes has the whole database: nobody else holds a row.
        guard let lock = select.lock, select.outer == nil, dialect.features.hasRowLocks else { return }
        let tables = try lock.of.map { name -> String in
            if name == "self" { return select.joins.first?.alias ?? select.model.table }
            let path = try select.resolve(LookupPath(name).names)
            guard let join = try select.join(path, from: select.base(), reuse: nil).last else { return name }
            return join.alias
        }
        try dialect.write(lock: lock, tables: tables, &writer)
    }

    // MARK: Windows in conditions

    /// Conditions on windows are asked of the query as a whole (Django's `get_qualify_sql`).
    private func qualified(
        _ select: Select, _ output: [OutputColumn], _ shape: RowShape, _ order: [OrderTerm], _ clauses: Clauses
    ) throws -> Compiled {
        var inner = output.enumerated().map { OutputColumn(node: $1.node, name: $1.name ?? "col\($0 + 1)") }
        func reference(_ node: Node) -> Node {
            if let known = inner.first(where: { same($0.node, node) }), let name = known.name {
                return .reference(name, node)
            }
            let name = "qual\(inner.count)"
            inner.append(OutputColumn(node: node, name: name))
            return .reference(name, node)
        }
        let condition = Condition.group(.and, isNegated: false, clauses.windows).mapping { node in
            switch node {
            case .column, .window, .aggregate: reference(node)
            default: nil
            }
        }
        let terms = order.map { term in
            OrderTerm(node: term.node.map(reference), isDescending: term.isDescending, nulls: term.nulls)
        }
        var body = SQLWriter()
        try writeHead(select, inner, into: &body)
        try writeFrom(select, into: &body)
        try writeWhere(clauses.rows, into: &body)
        let grouping = try groupTerms(select, inner, [], having: clauses.groups)
        for (index, term) in grouping.enumerated() {
            body.write(index == 0 ? " GROUP BY " : ", ")
            body.write(term)
        }
        if !clauses.groups.isEmpty {
            body.write(" HAVING ")
            try write(.group(.and, isNegated: false, clauses.groups), into: &body)
        }
        var writer = SQLWriter()
        writer.write("SELECT ")
        let columns = inner.prefix(output.count)
        for (index, column) in columns.enumerated() {
            if index > 0 { writer.write(", ") }
            writer.quote(column.name ?? "")
        }
        writer.write(" FROM (")
        writer.write(body)
        writer.write(") \"qualify\" WHERE ")
        try write(condition.simplified, into: &writer)
        try writeOrder(terms, select: select, output: [], into: &writer)
        dialect.write(limit: select.limit, offset: select.offset, &writer)
        return Compiled(writer: writer, output: Array(columns), shape: shape)
    }
}

extension Node {
    var isColumn: Bool { if case .column = self { true } else { false } }
    /// The columns of a key of several fields on their own.
    fileprivate var flattened: [Node] { if case .row(let nodes) = self { nodes } else { [self] } }
}
