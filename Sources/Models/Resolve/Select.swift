// SPDX-License-Identifier: Apache-2.0

/// A query being resolved: tables, conditions, columns. It lives for one resolution, in one task.
///
/// Names and rules are those of Django's `sql.Query`, so that rows are the same; what differs is said where it does.
final class Select {
    let context: ResolveContext
    let model: ModelSchema
    /// The query around this one.
    let outer: Select?
    /// In front of the numbers of aliases: `T`, or a letter for each level of subqueries.
    let prefix: String
    var joins: [Join] = []
    /// Joins that the next filters may use again although they lead to many rows (related managers).
    var stickyJoins: [Join] = []
    /// Joins of the outer query that references to it may use again.
    var outerReuse: JoinReuse?
    var isSticky = false
    var conditions: [Condition] = []
    var annotations: [(name: String, node: Node)] = []
    /// The annotations that are columns of the result; nil for all.
    var annotationMask: Set<String>?
    var filteredRelations: [FilteredRelation] = []
    /// The columns of `values()`; nil for those of the model.
    var columns: [(name: String?, node: Node)]?
    /// The order of the names in `values()`.
    var selected: [String]?
    var grouping = Grouping.none
    var order: [Ordering] = []
    var usesDefaultOrder = true
    var isReversed = false
    var offset = 0
    var limit: Int?
    var isDistinct = false
    var distinctOn: [String] = []
    var related = RelatedSelection.none
    var compound: (kind: CompoundKind, parts: [Select])?
    var loading = Loading.all
    var isEmpty = false
    var lock: Lock?
    var extra = Extra()
    var extraNames: Set<String>?
    var prefetches: [Prefetch] = []
    /// The columns of outer queries that it uses.
    var externalColumns: [Node] = []
    /// Whether one of them was reached over a relation to many.
    var isMultivaluedOutside = false
    /// For `Exists`: only whether there is a row.
    var isExistence = false
    var database: String?

    enum Grouping {
        case none
        /// By all columns of the model (an aggregate next to whole rows).
        case model
        case by([GroupTerm])
    }

    enum GroupTerm {
        case node(Node)
        case annotation(String)
    }

    indirect enum RelatedSelection {
        case none
        case all
        case names([RelatedName])
    }

    struct RelatedName {
        let name: String
        var below: [RelatedName]
    }

    /// Which columns of the model are loaded at once: paths of names.
    enum Loading {
        case all
        case deferring(Set<String>)
        case only(Set<String>)
    }

    init(_ model: ModelSchema, context: ResolveContext, outer: Select? = nil, prefix: String? = nil) {
        self.model = model
        self.context = context
        self.outer = outer
        self.prefix = prefix ?? (outer == nil ? "T" : context.nextPrefix())
    }

    var schema: Schema { context.schema }
    var isSliced: Bool { offset != 0 || limit != nil }
    var isValues: Bool { columns != nil || selected != nil }

    /// Whether it is known that there is no row, so that nothing has to be asked.
    var isNeverMatching: Bool {
        if isEmpty || limit == 0 { return true }
        if let compound {
            switch compound.kind {
            case .union, .unionAll: return compound.parts.allSatisfy(\.isNeverMatching)
            case .intersection: return compound.parts.contains(where: \.isNeverMatching)
            case .difference: return compound.parts[0].isNeverMatching
            }
        }
        if case .never = condition { return true }
        return false
    }

    /// All conditions as one.
    var condition: Condition { Condition.group(.and, isNegated: false, conditions).simplified }

    func annotation(_ name: String) -> Node? { annotations.first { $0.name == name }?.node }

    func isSelected(_ annotation: String) -> Bool { annotationMask?.contains(annotation) ?? true }

    var selectedAnnotations: [(name: String, node: Node)] { annotations.filter { isSelected($0.name) } }

    func setAnnotation(_ name: String, _ node: Node, select: Bool) {
        if let index = annotations.firstIndex(where: { $0.name == name }) {
            annotations[index].node = node
        } else {
            annotations.append((name, node))
        }
        if select {
            annotationMask?.insert(name)
            if selected?.contains(name) == false { selected?.append(name) }
        } else {
            annotationMask = Set(selectedAnnotations.map(\.name)).subtracting([name])
        }
    }
}

/// What all queries of one resolution share.
final class ResolveContext {
    let schema: Schema
    let features: Features
    /// The database that the statement goes to.
    let database: String?
    private var subqueries = 0

    init(schema: Schema, features: Features, database: String?) {
        self.schema = schema
        self.features = features
        self.database = database
    }

    /// `U`, `V`, `W`, … for subqueries, so that no alias means two tables.
    func nextPrefix() -> String {
        let letters = ["U", "V", "W", "X", "Y", "Z"]
        defer { subqueries += 1 }
        return letters[subqueries % 6] + (subqueries < 6 ? "" : "\(subqueries / 6)_")
    }
}
