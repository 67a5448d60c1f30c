// SPDX-License-Identifier: Apache-2.0

extension Expr {
    private func aggregate<W>(
        _ function: AggregateCall.Function, distinct: Bool = false, sample: Bool = false, _ filter: Q?
    ) -> Expr<W> {
        var call = AggregateCall(function, expression, distinct: distinct, filter: filter?.predicate)
        call.isSample = sample
        return Expr<W>(.aggregate(call))
    }

    /// How many values there are in a group; only those in rows that `filter` is true for.
    public func count(distinct: Bool = false, filter: Q? = nil) -> Expr<Int> {
        aggregate(.count, distinct: distinct, filter)
    }
    /// The smallest value of a group; nil if there is none.
    public func min(filter: Q? = nil) -> Expr<V.Present?> { aggregate(.minimum, filter) }
    /// The greatest value of a group; nil if there is none.
    public func max(filter: Q? = nil) -> Expr<V.Present?> { aggregate(.maximum, filter) }
}

extension Expr where V.Present: NumericColumn {
    /// The sum of a group's values; nil if there is none.
    public func sum(distinct: Bool = false, filter: Q? = nil) -> Expr<V.Present?> {
        aggregate(.sum, distinct: distinct, filter)
    }
    /// The average of a group's values; nil if there is none.
    public func avg(distinct: Bool = false, filter: Q? = nil) -> Expr<V.Present.Average?> {
        aggregate(.average, distinct: distinct, filter)
    }
    /// The standard deviation, of all values or of a sample.
    public func stdDev(sample: Bool = false, filter: Q? = nil) -> Expr<Double?> {
        aggregate(.standardDeviation, sample: sample, filter)
    }
    /// The variance, of all values or of a sample.
    public func variance(sample: Bool = false, filter: Q? = nil) -> Expr<Double?> {
        aggregate(.variance, sample: sample, filter)
    }
}

extension Expr where V == Int {
    /// How many rows a group has.
    public static func countAll(filter: Q? = nil) -> Expr {
        Expr(.aggregate(AggregateCall(.count, .star, filter: filter?.predicate)))
    }
}
