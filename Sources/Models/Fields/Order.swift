// SPDX-License-Identifier: Apache-2.0

/// One term of an order.
public struct Order: Sendable {
    var term: Ordering

    /// Rows without a value come first.
    public var nullsFirst: Order { with(.first) }
    /// Rows without a value come last.
    public var nullsLast: Order { with(.last) }

    private func with(_ nulls: Ordering.Nulls) -> Order {
        var other = self
        other.term.nulls = nulls
        return other
    }

    init(_ expression: QueryExpression, isName: Bool, descending: Bool) {
        term = Ordering(expression, descending: descending)
        term.isName = isName
    }
}

extension Expr {
    /// The smallest value first; missing ones last.
    public var asc: Order { Order(expression, isName: plainPath != nil, descending: false) }
    /// The greatest value first; missing ones first.
    public var desc: Order { Order(expression, isName: plainPath != nil, descending: true) }
}

extension ModelFields {
    /// By the other model's own order, or by its key if it has none.
    public var asc: Order { Order(.path(LookupPath(path.names)), isName: true, descending: false) }
    /// By the other model's own order, the other way round.
    public var desc: Order { Order(.path(LookupPath(path.names)), isName: true, descending: true) }
}
