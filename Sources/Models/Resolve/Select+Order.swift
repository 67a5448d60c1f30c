// SPDX-License-Identifier: Apache-2.0

extension Select {
    /// The terms of the order, resolved; none if there is no order.
    func resolvedOrder(_ output: [OutputColumn]) throws -> (terms: [OrderTerm], isModelsOwn: Bool) {
        var terms: [Ordering] = order
        var isModelsOwn = false
        if !extra.order.isEmpty {
            terms = extra.order.map(Ordering.init(name:))
        } else if usesDefaultOrder, terms.isEmpty, !model.ordering.isEmpty {
            terms = model.ordering.map(Ordering.init(name:))
            isModelsOwn = true
        }
        if isReversed { terms = terms.map(\.reversed) }
        if compound != nil { return (try terms.map { try compoundTerm($0, output) }, false) }
        var resolved: [OrderTerm] = []
        for term in terms { resolved += try orderTerms(term, output) }
        return (resolved, isModelsOwn)
    }

    private func orderTerms(_ term: Ordering, _ output: [OutputColumn]) throws -> [OrderTerm] {
        guard let expression = term.expression else {
            return [OrderTerm(node: nil, isDescending: false, nulls: nil)]
        }
        guard case .path(let path) = expression else {
            let node = try resolve(expression, reuse: nil)
            return [OrderTerm(node: node, isDescending: term.isDescending, nulls: term.nulls)]
        }
        let name = path.text
        if let column = output.firstIndex(where: { $0.name == name }), !isExistence {
            return [
                OrderTerm(
                    node: output[column].node, isDescending: term.isDescending, nulls: term.nulls, selected: column)
            ]
        }
        if annotation(name) != nil || path.names.first.flatMap(annotation) != nil || !term.isName {
            let node = try resolveReference(path.names, reuse: nil)
            return flattened(node, term)
        }
        if let piece = extra.select.first(where: { $0.name == name }) {
            let pieces = try resolve(piece.sql) { try self.resolve($0, reuse: nil) }
            return [
                OrderTerm(
                    node: .raw([.sql("(")] + pieces + [.sql(")")], nil), isDescending: term.isDescending,
                    nulls: term.nulls)
            ]
        }
        return try namedTerms(path.names, term, from: model, at: base(), seen: [])
    }

    private func flattened(_ node: Node, _ term: Ordering) -> [OrderTerm] {
        let nodes: [Node] = if case .row(let nodes) = node { nodes } else { [node] }
        return nodes.map { OrderTerm(node: $0, isDescending: term.isDescending, nulls: term.nulls) }
    }

    /// A name: a column, or a relation, which stands for the other model's own order (Django's `find_ordering_name`).
    private func namedTerms(
        _ names: [String], _ term: Ordering, from start: ModelSchema, at join: Join, seen: [[ObjectIdentifier]]
    ) throws -> [OrderTerm] {
        let path = try resolve(names, from: start, isFirst: start.id == model.id)
        let joined = try self.join(path, from: join, reuse: nil)
        let route = path.steps.map { ObjectIdentifier($0.field) }
        if isRelation(path.final), !path.model.ordering.isEmpty, path.rest.isEmpty, names.last != "pk",
            !isStoredName(names.last, path.final), let end = joined.last
        {
            guard !seen.contains(route) else { throw ModelError(.field, "Infinite loop caused by ordering.") }
            var terms: [OrderTerm] = []
            for name in path.model.ordering {
                let inner = Ordering(name: name)
                guard case .path(let path2) = inner.expression else { continue }
                terms += try namedTerms(
                    path2.names, term.isDescending ? inner.reversed : inner, from: path.model, at: end,
                    seen: seen + [route])
            }
            return terms
        }
        let (targets, trimmed) = try trim(path, joined)
        guard let target = targets.first, let end = trimmed.last else { return [] }
        var node = column(target, of: end)
        for rest in path.rest { node = try transform(node, .named(rest)) }
        return flattened(node, term)
    }

    private func isStoredName(_ name: String?, _ target: LookupTarget) -> Bool {
        if case .field(let field) = target { field.attribute == name && field.attribute != field.name } else { false }
    }

    /// A set operation is ordered by its columns.
    private func compoundTerm(_ term: Ordering, _ output: [OutputColumn]) throws -> OrderTerm {
        guard let expression = term.expression else { return OrderTerm(node: nil, isDescending: false, nulls: nil) }
        if case .path(let path) = expression {
            let wanted: FieldSchema? = model.field(path.text)
            let column = output.firstIndex { column in
                if column.name == path.text { return true }
                if case .column(_, let field) = column.node, let wanted {
                    return field === wanted || (field.name == wanted.name && field.model == wanted.model)
                }
                return false
            }
            if let column {
                return OrderTerm(
                    node: output[column].node, isDescending: term.isDescending, nulls: term.nulls, selected: column)
            }
        }
        throw ModelError(.database, "ORDER BY term does not match any column in the result set.")
    }
}
