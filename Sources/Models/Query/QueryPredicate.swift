// SPDX-License-Identifier: Apache-2.0

/// A condition on rows, in terms of look-up paths: Django's `Q`.
public indirect enum QueryPredicate: Sendable {
    /// A look-up whose path may end with transforms and the name of the look-up, as Django's keyword arguments do.
    case lookup(LookupPath, Operand)
    /// A look-up on a path whose names are all fields and relations, with its transforms and its name on their own:
    /// a name that comes from data (a key of JSON) cannot be taken for something else.
    case compare(LookupPath, transforms: [Transform], String, Operand)
    /// A look-up on any expression.
    case expression(QueryExpression, String, Operand)
    case and([QueryPredicate])
    case or([QueryPredicate])
    case xor([QueryPredicate])
    case not(QueryPredicate)
    /// An expression that is a truth value itself: `Exists`, a raw condition.
    case boolean(QueryExpression)

    /// Nothing is asked: true for each row.
    public static var always: QueryPredicate { .and([]) }

    /// Whether nothing is asked.
    public var isEmpty: Bool {
        switch self {
        case .and(let parts), .or(let parts), .xor(let parts): parts.isEmpty
        case .not(let part): part.isEmpty
        default: false
        }
    }
}

/// What a look-up compares with.
public indirect enum Operand: Sendable {
    case value(Value)
    case expression(QueryExpression)
    case query(QueryTree)
    /// The key of an object, which has to be of a model that the relation can hold.
    case object(model: String, key: Value, fields: [String: Value])
    /// Several of them: the right side of `in` and `range`.
    case list([Operand])
}

/// A step on the value of a path.
public enum Transform: Sendable, Hashable {
    /// By its name in Django: `year`, `lower`, `date`.
    case named(String)
    /// A member of a JSON object, or an element of an array if it is a whole number.
    case key(String)
}

extension QueryPredicate {
    /// The same condition with the beginning of its paths replaced: a filtered relation is asked under its own name.
    func renaming(_ prefix: [String], to name: String) -> QueryPredicate {
        func renamed(_ path: LookupPath) -> LookupPath {
            path.names.starts(with: prefix) ? LookupPath([name] + path.names.dropFirst(prefix.count)) : path
        }
        return switch self {
        case .lookup(let path, let operand): .lookup(renamed(path), operand)
        case .compare(let path, let transforms, let lookup, let operand):
            .compare(renamed(path), transforms: transforms, lookup, operand)
        case .and(let parts): .and(parts.map { $0.renaming(prefix, to: name) })
        case .or(let parts): .or(parts.map { $0.renaming(prefix, to: name) })
        case .xor(let parts): .xor(parts.map { $0.renaming(prefix, to: name) })
        case .not(let part): .not(part.renaming(prefix, to: name))
        case .expression, .boolean: self
        }
    }
}
