// SPDX-License-Identifier: Apache-2.0

extension SQLCompiler {
    /// A set operation: the statements of its parts, then its own order and limit.
    func compound(_ select: Select, named: Bool) throws -> Compiled {
        guard let (kind, parts) = select.compound else { throw ModelError(.type, "no set operation") }
        var compiled: [Compiled] = []
        let hidden = orderNames(of: select, parts)
        for (index, part) in parts.enumerated() {
            if part.isNeverMatching, parts.count > 1 {
                // Nothing comes of it: dropped where that changes nothing.
                if kind == .union || kind == .unionAll || (kind == .difference && index > 0) { continue }
            }
            if let columns = select.columns, part.columns == nil, part.selected == nil {
                let names = select.selected ?? columns.compactMap(\.name)
                try part.setValues((names + hidden).map { .path(LookupPath($0)) })
            }
            if part.isSliced || !part.order.isEmpty, !dialect.features.hasNestedCompounds, part.isSliced {
                throw ModelError(.database, "LIMIT/OFFSET not allowed in subqueries of compound statements.")
            }
            if !dialect.features.hasNestedCompounds || !part.isSliced {
                part.order = []
                part.usesDefaultOrder = false
            }
            compiled.append(try self.select(part, named: named))
        }
        guard let first = compiled.first else { throw ModelError(.type, "a set operation without parts") }
        let output = first.output
        let (order, _) = try select.resolvedOrder(output)
        var writer = SQLWriter()
        let words: StaticString =
            switch kind {
            case .union: " UNION "
            case .unionAll: " UNION ALL "
            case .intersection: " INTERSECT "
            case .difference: " EXCEPT "
            }
        for (index, part) in compiled.enumerated() {
            if index > 0 { writer.write(words) }
            let isNested = parts[min(index, parts.count - 1)].compound != nil
            if dialect.features.hasNestedCompounds {
                writer.write("(")
                writer.write(part.writer)
                writer.write(")")
            } else if isNested {
                writer.write("SELECT * FROM (")
                writer.write(part.writer)
                writer.write(")")
            } else {
                writer.write(part.writer)
            }
        }
        for (index, term) in order.enumerated() {
            writer.write(index == 0 ? " ORDER BY " : ", ")
            guard let selected = term.selected else {
                writer.write("RANDOM()")
                continue
            }
            writer.write(String(selected + 1))
            dialect.write(direction: term, &writer)
        }
        dialect.write(limit: select.limit, offset: select.offset, &writer)
        var shape = first.shape
        if !hidden.isEmpty, case .values(let columns) = shape { shape = .values(columns.dropLast(hidden.count)) }
        return Compiled(writer: writer, output: output, shape: shape)
    }

    /// Names that it is ordered by and that are not among its columns; they are selected too, and not shown.
    private func orderNames(of select: Select, _ parts: [Select]) -> [String] {
        guard let columns = select.columns, parts.allSatisfy({ $0.columns == nil && $0.selected == nil }) else {
            return []
        }
        return select.order.compactMap { term in
            guard case .path(let path)? = term.expression, let field = select.model.field(path.text),
                !columns.contains(where: { column in
                    column.name == path.text || column.name.flatMap(select.model.field) === field
                })
            else { return nil }
            return path.text
        }
    }
}
