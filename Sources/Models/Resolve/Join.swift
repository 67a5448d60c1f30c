// SPDX-License-Identifier: Apache-2.0

/// One table of a `FROM`, under its alias.
final class Join {
    enum Kind { case base, inner, outer }

    /// What a join goes over: equal routes from one parent are the same join.
    struct Route: Hashable {
        let field: ObjectIdentifier
        let isReversed: Bool
        /// The name of a filtered relation.
        let name: String?
    }

    let alias: String
    let table: String
    let model: ModelSchema
    var kind: Kind
    let parent: Join?
    /// Pairs of columns: of the parent, and of this table.
    let columns: [(String, String)]
    let isNullable: Bool
    let route: Route?
    /// How many uses it has; without one it is not written.
    var uses = 0
    /// What else its rows must match (a filtered relation).
    var filter: Condition?
    /// The join of another query that took this one in.
    var replacement: Join?

    init(
        alias: String, model: ModelSchema, kind: Kind, parent: Join?, columns: [(String, String)], isNullable: Bool,
        route: Route?
    ) {
        self.alias = alias
        table = model.table
        self.model = model
        self.kind = kind
        self.parent = parent
        self.columns = columns
        self.isNullable = isNullable
        self.route = route
    }
}

/// One step from a model's table to another one.
struct PathStep {
    let from: ModelSchema
    let to: ModelSchema
    /// The reference that is followed, or followed backwards.
    let field: FieldSchema
    let isReversed: Bool
    /// Whether it may lead to several rows.
    let isMultiple: Bool
    /// The filtered relation that it goes over.
    var filtered: FilteredRelation?

    /// The columns on both sides, as fields: of `from`, and of `to`.
    func fields(_ schema: Schema) throws -> (FieldSchema, FieldSchema) {
        guard let relation = field.relation else { throw ModelError(.field, "\(field.name) is no relation") }
        let target = schema.target(of: relation)
        return isReversed ? (target, field) : (field, target)
    }
}

/// A relation under another name, with a condition on its rows.
struct FilteredRelation {
    let name: String
    let path: LookupPath
    let predicate: QueryPredicate
}

/// What a path means: the joins to make, and the field at its end.
struct ResolvedPath {
    var steps: [PathStep] = []
    /// The field or relation that the last name means.
    var final: LookupTarget
    /// The columns that stand for it at the end of the joins.
    var targets: [FieldSchema]
    /// The names after it: transforms and a look-up.
    var rest: [String] = []
    /// The model at the end of the joins.
    var model: ModelSchema
    /// The steps of each name.
    var byName: [(name: String, steps: [PathStep])] = []
}

/// Votes on which joins must not drop rows (Django's `JoinPromoter`).
struct JoinPromoter {
    private let connector: Connector
    private let count: Int
    private var votes: [ObjectIdentifier: (join: Join, count: Int)] = [:]
    private var order: [ObjectIdentifier] = []

    init(_ connector: Connector, count: Int, isNegated: Bool) {
        self.connector = isNegated ? (connector == .and ? .or : .and) : connector
        self.count = count
    }

    mutating func vote(_ joins: [Join]) {
        var seen: Set<ObjectIdentifier> = []
        for join in joins where seen.insert(ObjectIdentifier(join)).inserted {
            let id = ObjectIdentifier(join)
            if votes[id] == nil { order.append(id) }
            votes[id, default: (join, 0)].count += 1
        }
    }

    /// Makes joins outer where not every branch needs them, inner where one does; gives those made inner.
    func apply(to select: Select) -> [Join] {
        var promoted: [Join] = []
        var demoted: [Join] = []
        for id in order {
            guard let (join, votes) = votes[id] else { continue }
            if connector != .and, votes < count { promoted.append(join) }
            if connector == .and || (connector == .or && votes == count) { demoted.append(join) }
        }
        select.promote(promoted)
        select.demote(demoted)
        return demoted
    }
}
