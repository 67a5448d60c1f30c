// SPDX-License-Identifier: Apache-2.0

extension Select {
    /// An expression with its paths turned into columns.
    func resolve(
        _ expression: QueryExpression, reuse: JoinReuse?, allowsJoins: Bool = true, summarize: Bool = false
    ) throws -> Node {
        func inner(_ expression: QueryExpression) throws -> Node {
            try resolve(expression, reuse: reuse, allowsJoins: allowsJoins, summarize: summarize)
        }
        switch expression {
        case .path(let path):
            return try resolveReference(path.names, reuse: reuse, allowsJoins: allowsJoins, summarize: summarize)
        case .outer(let path, let levels): return try resolveOuter(path, levels: levels)
        case .value(let value, let kind):
            guard let kind else { return .value(value, nil) }
            return .value(try value.prepared(for: kind), kind)
        case .star: return .star
        case .arithmetic(let left, let operation, let right):
            let (left, right) = (try inner(left), try inner(right))
            return .arithmetic(left, operation, right, try kind(of: left, operation, right))
        case .function(let call): return try resolve(call, inner)
        case .aggregate(let call):
            return try resolve(call, reuse: reuse, allowsJoins: allowsJoins, summarize: summarize)
        case .window(let call):
            let function = try inner(call.function)
            return .window(
                Window(
                    function: function, partition: try call.partition.map(inner),
                    order: try call.order.map { term in
                        OrderTerm(
                            node: try term.expression.map(inner), isDescending: term.isDescending, nulls: term.nulls)
                    }, frame: call.frame))
        case .cast(let expression, let kind): return .cast(try inner(expression), kind)
        case .typed(let expression, let kind): return .typed(try inner(expression), kind)
        case .condition(let predicate):
            return .condition(try resolve(predicate, reuse: reuse, allowsJoins: allowsJoins, summarize: summarize))
        case .cases(let cases, let otherwise):
            let resolved = try cases.map {
                (
                    when: try resolve($0.when, reuse: reuse, allowsJoins: allowsJoins, summarize: summarize),
                    then: try inner($0.then)
                )
            }
            let last = try otherwise.map(inner)
            let kind = try Node.commonKind(resolved.map(\.then) + [last].compactMap { $0 })
            return .cases(resolved, otherwise: last, kind)
        case .subquery(let tree):
            let select = try subselect(tree, reuse: reuse)
            return .subquery(select, try select.singleKind())
        case .exists(let tree):
            let select = try subselect(tree, reuse: reuse)
            select.makeExistence()
            return .exists(select)
        case .raw(let pieces, let kind): return .raw(try resolve(pieces, inner), kind)
        }
    }

    /// A condition inside an expression: `Case`, an aggregate's filter, a truth value (Django's `Q.resolve_expression`).
    func resolve(_ predicate: QueryPredicate, reuse: JoinReuse?, allowsJoins: Bool, summarize: Bool) throws -> Condition
    {
        let (condition, _) = try add(
            predicate, reuse: reuse, isNegated: false, branchNegated: false, split: false, updatesJoins: false,
            summarize: summarize)
        // Nothing may drop rows for the sake of an expression.
        promote(joins)
        return condition
    }

    func resolve(_ pieces: [RawPiece], _ inner: (QueryExpression) throws -> Node) throws -> [ResolvedPiece] {
        try pieces.map { piece in
            switch piece {
            case .sql(let sql): .sql(sql)
            case .value(let value): .value(value)
            case .expression(let expression): .node(try inner(expression))
            }
        }
    }

    /// What a name means: an annotation, or a column with transforms (Django's `resolve_ref`).
    func resolveReference(
        _ names: [String], reuse: JoinReuse?, allowsJoins: Bool = true, summarize: Bool = false
    ) throws -> Node {
        if !annotations.isEmpty {
            let whole = names.joined(separator: "__")
            if let node = annotation(whole) {
                if summarize {
                    guard isSelected(whole) else {
                        throw ModelError(.field, "Cannot aggregate over the '\(whole)' alias.")
                    }
                    return .reference(whole, node)
                }
                return node
            }
            if let first = names.first, var node = annotation(first) {
                for name in names.dropFirst() { node = try transform(node, .named(name)) }
                return node
            }
        }
        let path = try resolve(names)
        let joined = try join(path, from: base(), reuse: reuse)
        let (targets, trimmed) = try trim(path, joined)
        guard allowsJoins || trimmed.count == 1 else {
            throw ModelError(.field, "Joined field references are not permitted in this query")
        }
        guard let target = targets.first, let end = trimmed.last else {
            throw ModelError(.field, "\(names.joined(separator: "__")) leads nowhere")
        }
        if isRelation(path.final), let name = path.rest.first {
            throw ModelError(.field, "Cannot resolve keyword '\(name)' into field.")
        }
        var node = column(target, of: end)
        for name in path.rest { node = try transform(node, .named(name)) }
        reuse?.insert(trimmed)
        return node
    }

    private func resolveOuter(_ path: LookupPath, levels: Int) throws -> Node {
        var query = self
        for _ in 0..<levels {
            guard let outer = query.outer else {
                throw ModelError(
                    .value, "This query refers to the query around it and may only be used in a subquery.")
            }
            query = outer
        }
        let inner = query === outer ? outerReuse : nil
        let node = try query.resolveReference(path.names, reuse: inner)
        // Every query between here and there depends on it.
        var between: Select? = self
        while let select = between, select !== query {
            select.externalColumns.append(node)
            if path.names.count > 1 { select.isMultivaluedOutside = true }
            between = select.outer
        }
        return node
    }

    /// A query inside this one.
    func subselect(_ tree: QueryTree, reuse: JoinReuse?) throws -> Select {
        let select = Select(try schema.required(tree.model), context: context, outer: self)
        select.outerReuse = reuse
        try select.replay(tree)
        if let own = rootDatabase, let other = select.database, own != other {
            throw ModelError(
                .value, "Subqueries aren't allowed across different databases. Force the inner query to be evaluated.")
        }
        return select
    }

    /// The database that the outermost query names.
    private var rootDatabase: String? {
        var query = self
        while let outer = query.outer { query = outer }
        return query.database ?? context.database
    }

    // MARK: Kinds

    private func kind(of left: Node, _ operation: ArithmeticOperator, _ right: Node) throws -> FieldKind? {
        guard let first = left.kind, let second = right.kind else { return left.kind ?? right.kind }
        switch operation {
        case .bitAnd, .bitOr, .bitXor, .shiftLeft, .shiftRight: return first
        default: break
        }
        if first.isInteger, second.isInteger {
            return operation == .power || first == second ? (first == .integer ? first : .integer) : .integer
        }
        switch (first, second) {
        case (.decimal, .decimal): return first
        case (.decimal, _) where second.isInteger: return first
        case (_, .decimal) where first.isInteger: return second
        case (.float, _) where second.isInteger, (.float, .float): return .float
        case (_, .float) where first.isInteger: return .float
        case (.date, .duration), (.duration, .date), (.dateTime, .duration), (.duration, .dateTime): return .dateTime
        case (.time, .duration), (.duration, .time): return .time
        case (.duration, .duration): return .duration
        case (.date, .date), (.dateTime, .dateTime), (.time, .time):
            if operation == .subtract { return .duration }
        default: break
        }
        throw ModelError(
            .field,
            "QueryExpression contains mixed types: \(first), \(second) for operator \(operation.rawValue). "
                + "You must set the output kind.")
    }

    private func resolve(_ call: FunctionCall, _ inner: (QueryExpression) throws -> Node) throws -> Node {
        guard let shape = FunctionShape.all[call.name] else {
            throw ModelError(.field, "there is no function \(call.name)")
        }
        guard shape.arity.contains(call.arguments.count) else {
            throw ModelError(.type, "\(call.name) does not take \(call.arguments.count) arguments")
        }
        let arguments = try call.arguments.map(inner)
        if shape.name == "KT" {
            guard let first = arguments.first, case .key(let node, let path, _) = first else {
                throw ModelError(.value, "KT() needs the path of a key")
            }
            return .key(node, path, asText: true)
        }
        if call.kind == nil, ["Coalesce", "Greatest", "Least"].contains(shape.name) {
            _ = try Node.commonKind(arguments)
        }
        return .function(shape, arguments, call.kind ?? shape.kind(of: arguments), zone: call.timeZone)
    }

    private func resolve(_ call: AggregateCall, reuse: JoinReuse?, allowsJoins: Bool, summarize: Bool) throws -> Node {
        var argument = try resolve(call.argument, reuse: reuse, allowsJoins: allowsJoins, summarize: summarize)
        // No part of a key is NULL, so that one says how many rows there are.
        if call.function == .count, case .row(let parts) = argument, let first = parts.first { argument = first }
        if !summarize {
            guard !argument.containsAggregate else {
                throw ModelError(
                    .field, "Cannot compute \(call.function.rawValue)(…): it is an aggregate of an aggregate")
            }
            guard !argument.containsWindow else {
                throw ModelError(.field, "Cannot compute \(call.function.rawValue)(…): it contains a window")
            }
        } else if argument.containsAggregate {
            throw ModelError(.field, "Cannot compute \(call.function.rawValue)(…): it is an aggregate of an aggregate")
        }
        let filter = try call.filter.map {
            try resolve($0, reuse: reuse, allowsJoins: allowsJoins, summarize: summarize)
        }
        let kind: FieldKind
        switch call.function {
        case .count: kind = .integer
        case .average, .standardDeviation, .variance:
            kind =
                argument.kind?.isDecimal == true
                ? .decimal(digits: 38, places: 38) : argument.kind == .duration ? .duration : .float
        case .stringAggregate: kind = .text
        case .sum: kind = argument.kind ?? .integer
        case .minimum, .maximum: kind = argument.kind ?? .text
        }
        return .aggregate(
            Aggregate(
                function: call.function, argument: argument, isDistinct: call.isDistinct, isSample: call.isSample,
                filter: filter,
                defaultValue: try call.defaultValue.map {
                    try resolve($0, reuse: reuse, allowsJoins: allowsJoins, summarize: summarize)
                },
                separator: try call.separator.map {
                    try resolve($0, reuse: reuse, allowsJoins: allowsJoins, summarize: summarize)
                }, kind: call.kind ?? kind))
    }
}

extension Node {
    /// What all of some expressions give; throws if they are not of one kind (Django's `_resolve_output_field`).
    static func commonKind(_ nodes: [Node]) throws -> FieldKind? {
        var first: FieldKind?
        for node in nodes {
            let kind: FieldKind? = if case .value(.text, nil) = node { .char(255) } else { node.kind }
            guard let kind else { continue }
            guard let known = first else {
                first = kind
                continue
            }
            guard known.isSpecialCase(of: kind) else {
                throw ModelError(
                    .field, "Expression contains mixed types: \(known), \(kind). You must set the output kind.")
            }
        }
        return first
    }
}

extension FieldKind {
    /// Whether values of this kind are values of another one too: Django's field classes inherit from each other so.
    fileprivate func isSpecialCase(of other: FieldKind) -> Bool {
        switch (self, other) {
        case (.char, .char), (.email, .char), (.url, .char), (.slug, .char), (.file, .file), (.email, .email),
            (.url, .url), (.slug, .slug), (.decimal, .decimal), (.dateTime, .date):
            true
        case (_, .integer): isInteger
        case (.positiveInteger, _), (.integer, _), (.bigInteger, _), (.smallInteger, _), (.auto, _), (.bigAuto, _):
            // A column of a reference is of the kind of its target, which may be any whole number.
            other.isInteger
        default: self == other
        }
    }
}
