// SPDX-License-Identifier: Apache-2.0

import SluiceModels

/// A value of the cases' small language.
indirect enum Py {
    case value(Value)
    case list([Py])
    case tuple([Py])
    case set([Py])
    case dict([(key: Py, value: Py)])
    case model(ModelSchema)
    case manager(Manager)
    case query(QuerySet)
    case instance(Instance)
    case predicate(QueryPredicate)
    case expression(QueryExpression)
    /// An aggregate or another expression with the name that Django gives it by itself.
    case named(String, QueryExpression)
    case ordering(Ordering)
    case when(QueryPredicate, QueryExpression)
    case kind(FieldKind)
    case prefetch(Prefetch)
    case filteredRelation(LookupPath, QueryPredicate)
    /// A module, a class or a function, by its name.
    case global(String)
    /// A member of something, before it is called.
    case member(Box, String)

    /// An owner in its own storage.
    final class Box {
        let value: Py
        init(_ value: Py) { self.value = value }
    }

    static var none: Py { .value(.null) }

    var isNone: Bool { if case .value(.null) = self { true } else { false } }
    var string: String? { if case .value(.text(let text)) = self { text } else { nil } }
    var int: Int? {
        switch self {
        case .value(.int(let number)): Int(number)
        case .value(.bool(let flag)): flag ? 1 : 0
        default: nil
        }
    }
    var bool: Bool? { if case .value(.bool(let flag)) = self { flag } else { nil } }

    /// The items of a list, a tuple or a set.
    var items: [Py]? {
        switch self {
        case .list(let items), .tuple(let items), .set(let items): items
        default: nil
        }
    }
}

/// An error with the name of Django's exception.
struct PyError: Error, CustomStringConvertible {
    let name: String
    let message: String

    init(_ name: String, _ message: String) {
        self.name = name
        self.message = message
    }

    var description: String { "\(name): \(message)" }

    /// The name of the exception that an error of the data layer stands for.
    static func name(of error: any Error) -> String {
        if let error = error as? PyError { return error.name }
        guard let error = error as? ModelError else { return "\(type(of: error))" }
        return switch error.code {
        case .field: "FieldError"
        case .value: "ValueError"
        case .type: "TypeError"
        case .notFound: "DoesNotExist"
        case .multiple: "MultipleObjectsReturned"
        case .validation: "ValidationError"
        case .protected: "ProtectedError"
        case .restricted: "RestrictedError"
        case .transaction: "TransactionManagementError"
        case .unsupported: "NotSupportedError"
        case .integrity: "IntegrityError"
        case .operational: "OperationalError"
        case .database: "DatabaseError"
        case .index: "IndexError"
        case .attribute: "AttributeError"
        default: "SchemaError"
        }
    }
}

/// An object with an identity: names share it, as in Python.
final class Instance {
    var record: Record
    /// Fields that were set to an expression, which the next save sends.
    var expressions: [String: QueryExpression] = [:]
    /// The other ends of relations that were asked for.
    var related: [String: Instance?] = [:]
    /// Sets of rows that were loaded with it.
    var prefetched: [String: [Instance]] = [:]

    init(_ record: Record) {
        self.record = record
        for (name, other) in record.related { related.updateValue(other.map(Instance.init), forKey: name) }
        for (name, others) in record.prefetched { prefetched[name] = others.map(Instance.init) }
    }
}

/// `Model.objects`, or the rows of a relation of one object.
struct Manager {
    enum Kind {
        case objects
        case reverse(Instance, ReverseRelation)
        case many(Instance, ManyRelation)
    }
    var model: ModelSchema
    var kind = Kind.objects
    var database: String?
    var name = "objects"
}

/// A query set with what it remembers once it was asked.
final class QuerySet {
    enum Rows { case objects, dictionaries, tuples, flat, named }

    var tree: QueryTree
    var rows: Rows
    var cache: [Py]?
    /// An iterator can be walked through once only.
    var isIterator = false
    var isExhausted = false

    init(_ tree: QueryTree, rows: Rows = .objects) {
        self.tree = tree
        self.rows = rows
    }

    func adding(_ step: QueryTree.Step) -> QuerySet { QuerySet(tree.adding(step), rows: rows) }

    var isNone: Bool { tree.steps.contains { if case .none = $0 { true } else { false } } }
}
