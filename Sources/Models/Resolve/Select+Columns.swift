// SPDX-License-Identifier: Apache-2.0

/// One column of a result: its expression, and its name if it needs one.
struct OutputColumn {
    let node: Node
    let name: String?
}

extension Select {
    /// The columns of the result, and what rows of it become.
    func output() throws -> (columns: [OutputColumn], shape: RowShape) {
        if isExistence { return ([OutputColumn(node: .value(.int(1), .integer), name: "a")], .values([])) }
        var out: [OutputColumn] = []
        if !isValues {
            for (name, pieces) in extra.select where extraNames?.contains(name) ?? true {
                out.append(OutputColumn(node: try rawColumn(pieces), name: name))
            }
            let extraCount = out.count
            let root = joins.first ?? base()
            var shape = try objectShape(model, at: root, prefix: [], into: &out)
            try addRelatedColumns(to: &shape, at: root, related, prefix: [], depth: 0, into: &out)
            var named: [(name: String, column: Int)] = extra.select.prefix(extraCount).enumerated().map {
                ($1.name, $0)
            }
            for (name, node) in selectedAnnotations {
                named.append((name, out.count))
                out.append(OutputColumn(node: node, name: name))
            }
            return (out, .object(shape, annotations: named))
        }
        var shape: [(name: String, columns: [Int])] = []
        func add(_ node: Node, as name: String, alias: String?) {
            if case .row(let nodes) = node {
                shape.append((name, nodes.indices.map { out.count + $0 }))
                out += nodes.map { OutputColumn(node: $0, name: nil) }
            } else {
                shape.append((name, [out.count]))
                out.append(OutputColumn(node: node, name: alias))
            }
        }
        let names =
            selected
            ?? extra.select.map(\.name) + (columns ?? []).compactMap(\.name) + selectedAnnotations.map(\.name)
        for name in names {
            if let piece = extra.select.first(where: { $0.name == name }) {
                add(try rawColumn(piece.sql), as: name, alias: name)
            } else if let column = columns?.first(where: { $0.name == name }) {
                var alias: String?
                if case .column = column.node {} else { alias = selected == nil ? nil : name }
                add(column.node, as: name, alias: alias)
            } else if let node = annotation(name) {
                add(node, as: name, alias: name)
            }
        }
        return (out, .values(shape))
    }

    private func rawColumn(_ pieces: [RawPiece]) throws -> Node {
        .raw([.sql("(")] + (try resolve(pieces) { try self.resolve($0, reuse: nil) }) + [.sql(")")], nil)
    }

    /// The columns of a model at a join; those of parents stand in other tables.
    private func objectShape(_ model: ModelSchema, at join: Join, prefix: [String], into out: inout [OutputColumn])
        throws -> ObjectShape
    {
        var shape = ObjectShape(model: model, columns: [], related: [])
        var owners: [ModelID: Join] = [model.concrete: join]
        let mask = loadMask(model, prefix: prefix)
        for (position, field) in model.fields.enumerated() where mask?.contains(field.name) ?? true {
            let owner = schema[field.model].concrete
            let table: Join
            if let known = owners[owner] {
                table = known
            } else {
                table = try parentJoin(owner, of: model, at: join)
                owners[owner] = table
            }
            shape.columns.append((position, out.count))
            out.append(OutputColumn(node: .column(table, field), name: nil))
        }
        return shape
    }

    private func parentJoin(_ owner: ModelID, of model: ModelSchema, at start: Join) throws -> Join {
        var current = start
        for link in schema.parentLinks(from: model, to: owner) {
            guard let relation = link.relation else { continue }
            let step = PathStep(
                from: schema[link.model], to: schema[relation.target], field: link, isReversed: false, isMultiple: false
            )
            current = try join(step, from: current, reuse: nil)
        }
        return current
    }

    /// The fields that are loaded of a model at the end of some names; nil for all. The key always is.
    private func loadMask(_ model: ModelSchema, prefix: [String]) -> Set<String>? {
        if case .all = loading { return nil }
        func below(_ names: Set<String>) -> Set<String> {
            var found: Set<String> = []
            for name in names {
                let parts = LookupPath(name).names
                guard parts.count > prefix.count, Array(parts[..<prefix.count]) == prefix else { continue }
                let own = parts[prefix.count]
                if let field = model.field(own), field.isConcrete { found.insert(field.name) }
            }
            return found
        }
        func whole(_ names: Set<String>) -> Set<String> {
            // Only names that end here; longer ones defer something further away.
            below(names.filter { LookupPath($0).names.count == prefix.count + 1 })
        }
        let keys = Set(model.keyFields.map(\.name) + model.parents.map(\.link.name))
        switch loading {
        case .all: return nil
        case .deferring(let names):
            let deferred = whole(names)
            return deferred.isEmpty ? nil : Set(model.fields.map(\.name)).subtracting(deferred).union(keys)
        case .only(let names):
            let only = below(names)
            if only.isEmpty, !prefix.isEmpty { return nil }
            return only.union(keys)
        }
    }

    // MARK: Related rows

    private func addRelatedColumns(
        to shape: inout ObjectShape, at start: Join, _ wanted: RelatedSelection, prefix: [String], depth: Int,
        into out: inout [OutputColumn]
    ) throws {
        let model = shape.model
        switch wanted {
        case .none: return
        case .all:
            guard depth < 5 else { return }
            for field in model.fields where field.isReference && !field.isNull && !isParentLink(field) {
                try addRelated(
                    field.name, .field(field), to: &shape, at: start, .all, prefix: prefix, depth: depth, into: &out)
            }
        case .names(let names):
            for name in names {
                guard let target = model.target(name.name), isSingle(target) else {
                    let choices = model.fields.filter(\.isReference).map(\.name).joined(separator: ", ")
                    throw ModelError(
                        .field,
                        "Invalid field name(s) given in select_related: '\(name.name)'. Choices are: \(choices)")
                }
                try addRelated(
                    name.name, target, to: &shape, at: start, name.below.isEmpty ? .none : .names(name.below),
                    prefix: prefix, depth: depth, into: &out)
            }
        }
    }

    private func isParentLink(_ field: FieldSchema) -> Bool { field.relation?.declaration.isParentLink == true }

    private func isSingle(_ target: LookupTarget) -> Bool {
        switch target {
        case .field(let field): field.isReference
        case .reverse(let reverse): !reverse.isMultiple
        }
    }

    private func addRelated(
        _ name: String, _ target: LookupTarget, to shape: inout ObjectShape, at start: Join, _ below: RelatedSelection,
        prefix: [String], depth: Int, into out: inout [OutputColumn]
    ) throws {
        if case .field(let field) = target, let mask = loadMask(shape.model, prefix: prefix), !mask.contains(field.name)
        {
            throw ModelError(
                .field,
                "Field \(shape.model.label).\(field.name) cannot be both deferred and traversed using select_related.")
        }
        let path = try resolve([name], from: shape.model)
        guard let end = try join(path, from: start, reuse: nil).last else { return }
        let prefix = prefix + [name]
        var other = try objectShape(path.model, at: end, prefix: prefix, into: &out)
        try addRelatedColumns(to: &other, at: end, below, prefix: prefix, depth: depth + 1, into: &out)
        switch target {
        case .field(let field): shape.related.append((field.name, false, other))
        case .reverse(let reverse): shape.related.append((reverse.name ?? reverse.queryName, true, other))
        }
    }
}
