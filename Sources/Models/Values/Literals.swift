// SPDX-License-Identifier: Apache-2.0

extension Day {
    /// A day that stands in the program; the calendar must have it. For data there is `init(year:month:day:)`.
    public init(_ year: Int, _ month: Int, _ day: Int) {
        guard let own = Day(year: year, month: month, day: day) else {
            preconditionFailure("the calendar has no \(year)-\(month)-\(day)")
        }
        self = own
    }
}

extension ExactDecimal: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    /// A whole number.
    public init(integerLiteral value: Int64) { self.init(value) }
    /// The digits as they are written, as long as a `Double` keeps them (15 of them); zero for what is no number.
    public init(floatLiteral value: Double) { self = ExactDecimal(value) ?? 0 }
}
