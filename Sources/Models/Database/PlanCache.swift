// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Plans of queries that differ in their values only: rows by their key, and by other plain comparisons.
///
/// At most 512; a program whose queries are of more shapes than that makes them anew.
final class PlanCache: Sendable {
    struct Entry: Sendable {
        var plan: QueryPlan
        /// What each value is stored as.
        var kinds: [FieldKind]
    }

    private let entries = Mutex<[String: Entry]>([:])
    private static let limit = 512

    subscript(shape: String) -> Entry? {
        get { entries.withLock { $0[shape] } }
        set {
            entries.withLock { entries in
                if entries.count >= Self.limit { entries.removeAll(keepingCapacity: true) }
                entries[shape] = newValue
            }
        }
    }
}

extension Database {
    /// The plan of a query; one of the same shape is used again.
    package func plan(_ tree: QueryTree) throws -> QueryPlan {
        guard let (shape, values) = tree.shape else { return try planner.select(tree) }
        if let known = plans[shape], known.kinds.count == values.count {
            var plan = known.plan
            for (index, kind) in known.kinds.enumerated() {
                plan.statement.binds[index] = try values[index].prepared(for: kind)
            }
            return plan
        }
        let plan = try planner.select(tree)
        let model = try schema.required(tree.model)
        let kinds = tree.plainNames.compactMap { name in model.field(name).map(\.kind) }
        // Only where each value is bound as it is, and nothing else is.
        if !plan.isEmpty, kinds.count == values.count, plan.statement.binds.count == values.count {
            plans[shape] = PlanCache.Entry(plan: plan, kinds: kinds)
        }
        return plan
    }
}

extension QueryTree {
    /// The query without its values, and the values; nil if it is more than comparisons of columns with values.
    fileprivate var shape: (String, [Value])? {
        var shape = model
        var values: [Value] = []
        for step in steps {
            switch step {
            case .filter(let predicate): guard predicate.add(to: &shape, &values) else { return nil }
            case .clearOrder: shape += "|c"
            case .slice(let offset, let limit): shape += "|s\(offset),\(limit ?? -1)"
            case .selectRelated(let names?): for name in names { shape += "|r" + name }
            case .order(let terms):
                for term in terms {
                    guard term.isName, case .path(let path)? = term.expression else { return nil }
                    shape += term.isDescending ? "|d" : "|a"
                    for name in path.names { shape += "." + name }
                }
            default: return nil
            }
        }
        return (shape, values)
    }

    /// The names that values are compared with.
    fileprivate var plainNames: [String] {
        steps.flatMap { step in if case .filter(let predicate) = step { predicate.plainNames } else { [String]() } }
    }
}

extension QueryPredicate {
    /// Adds itself to a shape; false if it is more than a comparison of a column with a value.
    fileprivate func add(to shape: inout String, _ values: inout [Value]) -> Bool {
        switch self {
        case .and(let parts):
            for part in parts { guard part.add(to: &shape, &values) else { return false } }
            return true
        case .lookup(let path, .value(let value)): return Self.add(path, value, to: &shape, &values)
        case .compare(let path, let transforms, "exact", .value(let value)) where transforms.isEmpty:
            return Self.add(path, value, to: &shape, &values)
        default: return false
        }
    }

    private static func add(_ path: LookupPath, _ value: Value, to shape: inout String, _ values: inout [Value]) -> Bool
    {
        guard path.names.count == 1, path.names[0] != "pk", let tag = value.tag else { return false }
        shape += "|f" + path.names[0] + tag
        values.append(value)
        return true
    }

    fileprivate var plainNames: [String] {
        switch self {
        case .and(let parts): parts.flatMap(\.plainNames)
        case .lookup(let path, _), .compare(let path, _, _, _): path.names
        default: []
        }
    }
}

extension Value {
    /// What says how a value is bound; nil for one that is not bound alone.
    fileprivate var tag: String? {
        switch self {
        case .null, .list, .json: nil
        case .bool: "=b"
        case .int(let number): Int32(exactly: number) == nil ? "=l" : "=i"
        case .double: "=d"
        case .text: "=t"
        case .bytes: "=x"
        case .decimal: "=n"
        case .day: "=y"
        case .timestamp: "=z"
        case .time: "=c"
        case .duration: "=p"
        case .uuid: "=u"
        }
    }
}
