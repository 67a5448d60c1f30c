// SPDX-License-Identifier: Apache-2.0

/// A resolved expression: paths have become columns of joined tables.
enum Node {
    case column(Join, FieldSchema)
    /// A column of a subquery by its name, and what it is there.
    indirect case reference(String, Node)
    indirect case value(Value, FieldKind?)
    case star
    indirect case arithmetic(Node, ArithmeticOperator, Node, FieldKind?)
    indirect case function(FunctionShape, [Node], FieldKind, zone: String?)
    indirect case aggregate(Aggregate)
    indirect case window(Window)
    indirect case cast(Node, FieldKind)
    indirect case typed(Node, FieldKind)
    indirect case condition(Condition)
    indirect case cases([(when: Condition, then: Node)], otherwise: Node?, FieldKind?)
    indirect case subquery(Select, FieldKind?)
    case exists(Select)
    indirect case raw([ResolvedPiece], FieldKind?)
    /// A member of a JSON value.
    indirect case key(Node, [String], asText: Bool)
    /// Several columns as one value: a key of several fields.
    case row([Node])
}

/// A piece of raw SQL with its expressions resolved.
enum ResolvedPiece {
    case sql(String)
    case value(Value)
    case node(Node)
}

struct Aggregate {
    var function: AggregateCall.Function
    var argument: Node
    var isDistinct: Bool
    var isSample: Bool
    var filter: Condition?
    var defaultValue: Node?
    var separator: Node?
    var kind: FieldKind
}

struct Window {
    var function: Node
    var partition: [Node]
    var order: [OrderTerm]
    var frame: WindowFrame?
}

struct OrderTerm {
    /// nil for a random order.
    var node: Node?
    var isDescending: Bool
    var nulls: Ordering.Nulls?
    /// The position of the selected column with the same value, if it is selected.
    var selected: Int?
}

/// A resolved condition.
indirect enum Condition {
    case group(Connector, isNegated: Bool, [Condition])
    case lookup(Lookup)
    case boolean(Node)
    case always
    case never
}

enum Connector { case and, or, xor }

/// A comparison of an expression with an operand.
struct Lookup {
    var name: String
    var left: Node
    var right: Right

    indirect enum Right {
        case value(Value)
        case node(Node)
        case list([Right])
        case query(Select)
    }
}

extension Node {
    /// What the expression gives; nil if nothing says so.
    var kind: FieldKind? {
        switch self {
        case .column(_, let field): field.kind
        case .reference(_, let node): node.kind
        case .value(let value, let kind): kind ?? value.kind
        case .star: .integer
        case .arithmetic(_, _, _, let kind): kind
        case .function(_, _, let kind, _): kind
        case .aggregate(let aggregate): aggregate.kind
        case .window(let window): window.function.kind
        case .cast(_, let kind), .typed(_, let kind): kind
        case .condition, .exists: .boolean
        case .cases(_, _, let kind), .subquery(_, let kind), .raw(_, let kind): kind
        case .key(_, _, let asText): asText ? .text : .json
        case .row: nil
        }
    }

    /// The expressions right below it.
    var children: [Node] {
        switch self {
        case .column, .value, .star, .subquery, .exists, .reference: []
        case .arithmetic(let left, _, let right, _): [left, right]
        case .function(_, let arguments, _, _): arguments
        case .aggregate(let aggregate):
            [aggregate.argument] + (aggregate.filter?.nodes ?? [])
                + [aggregate.defaultValue, aggregate.separator]
                .compactMap { $0 }
        case .window(let window): [window.function] + window.partition + window.order.compactMap(\.node)
        case .cast(let node, _), .typed(let node, _), .key(let node, _, _): [node]
        case .condition(let condition): condition.nodes
        case .cases(let cases, let otherwise, _):
            cases.flatMap { $0.when.nodes + [$0.then] } + (otherwise.map { [$0] } ?? [])
        case .raw(let pieces, _):
            pieces.compactMap { if case .node(let node) = $0 { node } else { nil } }
        case .row(let nodes): nodes
        }
    }

    /// Whether an aggregate stands in it that is not below a window.
    var containsAggregate: Bool {
        switch self {
        case .aggregate: true
        case .column, .value, .star, .reference, .subquery, .exists: false
        case .window(let window):
            // An aggregate over a window is no grouping aggregate, but its arguments may hold one.
            window.function.children.contains(where: \.containsAggregate)
                || window.partition.contains(where: \.containsAggregate)
        default: children.contains(where: \.containsAggregate)
        }
    }

    var containsWindow: Bool {
        switch self {
        case .window: true
        case .column, .value, .star, .reference, .subquery, .exists: false
        default: children.contains(where: \.containsWindow)
        }
    }

    var containsSubquery: Bool {
        switch self {
        case .subquery, .exists: true
        default: children.contains(where: \.containsSubquery)
        }
    }

    /// The columns that a grouped query has to group by for this expression (Django's `get_group_by_cols`).
    var groupColumns: [Node] {
        switch self {
        case .value, .star, .aggregate: []
        case .column, .reference, .raw: [self]
        case .exists(let select), .subquery(let select, _):
            select.externalColumns.isEmpty ? [self] : select.isMultivaluedOutside ? [self] : select.externalColumns
        case .row(let nodes): nodes
        case .window(let window):
            window.function.children.flatMap(\.groupColumns) + window.partition.flatMap(\.groupColumns)
                + window.order.compactMap(\.node).flatMap(\.groupColumns)
        default: containsAggregate ? children.flatMap(\.groupColumns) : [self]
        }
    }

    /// The same expression with some nodes replaced.
    func mapping(_ replace: (Node) throws -> Node?) rethrows -> Node {
        if let other = try replace(self) { return other }
        switch self {
        case .column, .value, .star, .subquery, .exists, .reference: return self
        case .arithmetic(let left, let operation, let right, let kind):
            return .arithmetic(try left.mapping(replace), operation, try right.mapping(replace), kind)
        case .function(let shape, let arguments, let kind, let zone):
            return .function(shape, try arguments.map { try $0.mapping(replace) }, kind, zone: zone)
        case .aggregate(var aggregate):
            aggregate.argument = try aggregate.argument.mapping(replace)
            aggregate.filter = try aggregate.filter?.mapping(replace)
            aggregate.defaultValue = try aggregate.defaultValue?.mapping(replace)
            return .aggregate(aggregate)
        case .window(var window):
            window.function = try window.function.mapping(replace)
            window.partition = try window.partition.map { try $0.mapping(replace) }
            window.order = try window.order.map { term in
                var term = term
                term.node = try term.node?.mapping(replace)
                return term
            }
            return .window(window)
        case .cast(let node, let kind): return .cast(try node.mapping(replace), kind)
        case .typed(let node, let kind): return .typed(try node.mapping(replace), kind)
        case .key(let node, let path, let asText): return .key(try node.mapping(replace), path, asText: asText)
        case .condition(let condition): return .condition(try condition.mapping(replace))
        case .cases(let cases, let otherwise, let kind):
            return .cases(
                try cases.map { (try $0.when.mapping(replace), try $0.then.mapping(replace)) },
                otherwise: try otherwise?.mapping(replace), kind)
        case .raw(let pieces, let kind):
            return .raw(
                try pieces.map { if case .node(let node) = $0 { .node(try node.mapping(replace)) } else { $0 } }, kind)
        case .row(let nodes): return .row(try nodes.map { try $0.mapping(replace) })
        }
    }
}

extension Condition {
    /// The expressions in it.
    var nodes: [Node] {
        switch self {
        case .group(_, _, let parts): parts.flatMap(\.nodes)
        case .lookup(let lookup): [lookup.left] + lookup.right.nodes
        case .boolean(let node): [node]
        case .always, .never: []
        }
    }

    var containsAggregate: Bool { nodes.contains(where: \.containsAggregate) }
    var containsWindow: Bool { nodes.contains(where: \.containsWindow) }

    func mapping(_ replace: (Node) throws -> Node?) rethrows -> Condition {
        switch self {
        case .group(let connector, let isNegated, let parts):
            return .group(connector, isNegated: isNegated, try parts.map { try $0.mapping(replace) })
        case .lookup(var lookup):
            lookup.left = try lookup.left.mapping(replace)
            lookup.right = try lookup.right.mapping(replace)
            return .lookup(lookup)
        case .boolean(let node): return .boolean(try node.mapping(replace))
        case .always, .never: return self
        }
    }

    /// Without parts that are always or never true, so that what is left can be written as SQL.
    var simplified: Condition {
        switch self {
        case .group(.xor, let isNegated, let parts):
            var rest: [Condition] = []
            var odd = isNegated
            for part in parts.map(\.simplified) {
                switch part {
                case .always: odd.toggle()
                case .never: break
                default: rest.append(part)
                }
            }
            if rest.isEmpty { return odd ? .always : .never }
            return .group(.xor, isNegated: odd, rest)
        case .group(let connector, let isNegated, let parts):
            var rest: [Condition] = []
            for part in parts {
                switch (part.simplified, connector) {
                case (.always, .and), (.never, .or): break
                case (.never, .and): return isNegated ? .always : .never
                case (.always, _): return isNegated ? .never : .always
                case (let part, _): rest.append(part)
                }
            }
            if rest.isEmpty { return (connector == .and) != isNegated ? .always : .never }
            if rest.count == 1, !isNegated { return rest[0] }
            return .group(connector, isNegated: isNegated, rest)
        case .boolean(.value(.bool(let value), _)): return value ? .always : .never
        case .boolean(.condition(let condition)): return condition.simplified
        case .boolean(.exists(let select)): return select.isNeverMatching ? .never : self
        case .lookup(let lookup):
            if case .query(let select) = lookup.right, select.isNeverMatching { return .never }
            return self
        default: return self
        }
    }
}

extension Lookup.Right {
    var nodes: [Node] {
        switch self {
        case .value, .query: []
        case .node(let node): [node]
        case .list(let parts): parts.flatMap(\.nodes)
        }
    }

    func mapping(_ replace: (Node) throws -> Node?) rethrows -> Lookup.Right {
        switch self {
        case .value, .query: self
        case .node(let node): .node(try node.mapping(replace))
        case .list(let parts): .list(try parts.map { try $0.mapping(replace) })
        }
    }
}

extension Value {
    /// What a bare value is taken for.
    var kind: FieldKind? {
        switch self {
        case .null, .list: nil
        case .bool: .boolean
        case .int: .integer
        case .double: .float
        case .text: .text
        case .bytes: .binary
        case .decimal(let number): .decimal(digits: 38, places: number.places)
        case .day: .date
        case .timestamp: .dateTime
        case .time: .time
        case .duration: .duration
        case .uuid: .uuid
        case .json: .json
        }
    }
}
