// SPDX-License-Identifier: Apache-2.0

/// A value that the database computes, in terms of look-up paths: `F`, functions, aggregates, windows, subqueries.
///
/// It says nothing about tables; the resolver turns paths into joins.
public indirect enum QueryExpression: Sendable {
    /// `F("publish__name")`: a column of the model or across relations, an annotation, a transform.
    case path(LookupPath)
    /// `OuterRef`: a path of the query around this one.
    case outer(LookupPath, levels: Int = 1)
    /// A bound value, of a kind if it is given.
    case value(Value, FieldKind? = nil)
    /// `*` of `COUNT(*)`.
    case star
    case arithmetic(QueryExpression, ArithmeticOperator, QueryExpression)
    case function(FunctionCall)
    case aggregate(AggregateCall)
    case window(WindowCall)
    case cast(QueryExpression, FieldKind)
    /// The same expression, taken to be of a kind (`ExpressionWrapper`).
    case typed(QueryExpression, FieldKind)
    /// A condition as a truth value.
    case condition(QueryPredicate)
    /// `CASE WHEN … THEN … ELSE … END`.
    case cases([(when: QueryPredicate, then: QueryExpression)], otherwise: QueryExpression?)
    /// The first column of the only row of another query.
    case subquery(QueryTree)
    case exists(QueryTree)
    /// SQL as it is, with bound pieces.
    case raw([RawPiece], FieldKind? = nil)
}

/// A piece of raw SQL: text of the program, or a value, which is bound.
public enum RawPiece: Sendable {
    case sql(String)
    case value(Value)
    case expression(QueryExpression)
}

/// Names from a model to a column, then transforms of its value, then a look-up.
public struct LookupPath: Sendable, Hashable {
    /// Names of fields and relations; what is left over after the last field are transforms, a key of JSON, or the
    /// name of a look-up.
    public var names: [String]

    /// A path by its names.
    public init(_ names: [String]) { self.names = names }

    /// A path as Django writes it: names with `__` between them.
    public init(_ text: String) { names = LookupPath.split(text) }

    /// The names with `__` between them.
    public var text: String { names.joined(separator: "__") }

    static func split(_ text: String) -> [String] {
        let bytes = text.utf8
        var names: [String] = []
        var start = bytes.startIndex
        var index = start
        while index < bytes.endIndex {
            let next = bytes.index(after: index)
            if bytes[index] == 0x5F, index > start, next < bytes.endIndex, bytes[next] == 0x5F {
                names.append(String(text[start..<index]))
                start = bytes.index(after: next)
                index = start
            } else {
                index = next
            }
        }
        names.append(String(text[start...]))
        return names
    }
}

/// What stands between two operands.
public enum ArithmeticOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
    case power = "^"
    case bitAnd = "&"
    case bitOr = "|"
    case bitXor = "#"
    case shiftLeft = "<<"
    case shiftRight = ">>"
}

/// A call of a function of the database by its name in Django.
public struct FunctionCall: Sendable {
    /// The name in Django.
    public var name: String
    /// What it is called with.
    public var arguments: [QueryExpression]
    /// What it gives, if the function does not say.
    public var kind: FieldKind?
    /// The zone of `Trunc` and `Extract`; nil is UTC.
    public var timeZone: String?

    /// A call by name; unknown names are refused when the query is resolved.
    public init(_ name: String, _ arguments: [QueryExpression], kind: FieldKind? = nil, timeZone: String? = nil) {
        self.name = name
        self.arguments = arguments
        self.kind = kind
        self.timeZone = timeZone
    }
}

/// A function over the rows of a group.
public struct AggregateCall: Sendable {
    /// What is computed; the raw values are Django's names.
    public enum Function: String, Sendable, CaseIterable {
        case count = "Count"
        case sum = "Sum"
        case average = "Avg"
        case minimum = "Min"
        case maximum = "Max"
        case standardDeviation = "StdDev"
        case variance = "Variance"
        case stringAggregate = "StringAgg"
    }
    /// What is computed.
    public var function: Function
    /// What it is computed of.
    public var argument: QueryExpression
    /// Whether equal values count once.
    public var isDistinct = false
    /// Of a sample, not of all (`StdDev`, `Variance`).
    public var isSample = false
    /// Only the rows that it is true for.
    public var filter: QueryPredicate?
    /// In place of NULL, if there is no row.
    public var defaultValue: QueryExpression?
    /// What it gives, if that does not follow from its argument.
    public var kind: FieldKind?
    /// The separator of `StringAgg`.
    public var separator: QueryExpression?

    /// An aggregate over an expression.
    public init(
        _ function: Function, _ argument: QueryExpression, distinct: Bool = false, filter: QueryPredicate? = nil,
        default defaultValue: QueryExpression? = nil
    ) {
        self.function = function
        self.argument = argument
        isDistinct = distinct
        self.filter = filter
        self.defaultValue = defaultValue
    }
}

/// A function over the rows around each row.
public struct WindowCall: Sendable {
    /// The function: an aggregate, or one for windows.
    public var function: QueryExpression
    /// Rows with equal values here are one window.
    public var partition: [QueryExpression]
    /// The order of the rows in a window.
    public var order: [Ordering]
    /// Which rows around each row; nil for the database's own rule.
    public var frame: WindowFrame?

    /// A function over a window.
    public init(
        _ function: QueryExpression, partition: [QueryExpression] = [], order: [Ordering] = [],
        frame: WindowFrame? = nil
    ) {
        self.function = function
        self.partition = partition
        self.order = order
        self.frame = frame
    }
}

/// The rows of a window: from so many before (negative) to so many after; nil is unbounded.
public struct WindowFrame: Sendable {
    /// `RANGE` in place of `ROWS`.
    public var isRange: Bool
    /// The first row.
    public var start: Int?
    /// The last row.
    public var end: Int?

    /// `ROWS` or `RANGE BETWEEN start AND end`.
    public init(isRange: Bool = false, start: Int?, end: Int?) {
        self.isRange = isRange
        self.start = start
        self.end = end
    }
}

/// One term of an order.
public struct Ordering: Sendable {
    /// Where rows without a value go.
    public enum Nulls: Sendable { case first, last }
    /// nil for a random order.
    public var expression: QueryExpression?
    /// Whether the greatest comes first.
    public var isDescending: Bool
    /// Where rows without a value go; nil for last when ascending, first when descending.
    public var nulls: Nulls?
    /// Whether the path was given as a name: a relation then stands for the other model's own order.
    public var isName = false

    /// An order by an expression.
    public init(_ expression: QueryExpression, descending: Bool = false, nulls: Nulls? = nil) {
        self.expression = expression
        isDescending = descending
        self.nulls = nulls
    }

    /// An order by a name as Django writes it: `-` in front for descending, `?` for a random order.
    public init(name: String) {
        let isDescending = name.hasPrefix("-")
        let path = isDescending ? String(name.dropFirst()) : name.hasPrefix("+") ? String(name.dropFirst()) : name
        expression = path == "?" ? nil : .path(LookupPath(path))
        self.isDescending = isDescending
        isName = true
    }

    /// The other way round.
    public var reversed: Ordering {
        var other = self
        other.isDescending.toggle()
        other.nulls = nulls.map { $0 == .first ? .last : .first }
        return other
    }
}
