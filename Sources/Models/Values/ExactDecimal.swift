// SPDX-License-Identifier: Apache-2.0

/// A decimal number kept exactly: a whole number of up to 38 digits and the number of its digits after the point.
public struct ExactDecimal: Sendable, Comparable, CustomStringConvertible {
    /// The digits, without the point.
    public let digits: Int128
    /// How many of the digits come after the point, 0 to 38.
    public let places: Int

    /// `digits` × 10^-`places`.
    public init(digits: Int128, places: Int) {
        self.digits = digits
        self.places = min(max(places, 0), 38)
    }

    /// A whole number.
    public init(_ whole: Int64) { self.init(digits: Int128(whole), places: 0) }

    /// A number written with decimal digits, a sign, a point, an exponent; nil for anything else, and for more than
    /// 38 digits.
    public init?(_ text: some StringProtocol) {
        var digits: Int128 = 0
        var places = 0
        var isNegative = false
        var sawPoint = false
        var sawDigit = false
        var bytes = ArraySlice(Array(text.utf8))
        if let sign = bytes.first, sign == 0x2D || sign == 0x2B {
            isNegative = sign == 0x2D
            bytes.removeFirst()
        }
        while let byte = bytes.first {
            if byte == 0x2E, !sawPoint {
                sawPoint = true
            } else if (48...57).contains(byte) {
                let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(Int128(byte - 48))
                guard !overflow, !carry else { return nil }
                digits = sum
                sawDigit = true
                if sawPoint { places += 1 }
            } else {
                break
            }
            bytes.removeFirst()
        }
        guard sawDigit else { return nil }
        if let mark = bytes.first {
            guard mark == 0x65 || mark == 0x45, let exponent = Int(String(decoding: bytes.dropFirst(), as: UTF8.self)),
                abs(exponent) < 77
            else { return nil }
            places -= exponent
        }
        while places > 38 {
            guard digits % 10 == 0 else { return nil }
            digits /= 10
            places -= 1
        }
        while places < 0 {
            let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            digits = product
            places += 1
        }
        self.init(digits: isNegative ? -digits : digits, places: places)
    }

    /// The nearest decimal of up to 15 significant digits, as SQLite shows its numbers; nil for infinities and NaN.
    public init?(_ number: Double) {
        guard number.isFinite else { return nil }
        if let whole = Int64(exactly: number) {
            self.init(whole)
            return
        }
        guard let exact = ExactDecimal("\(number)") else { return nil }
        let size = exact.magnitudeDigits
        self = size > 15 ? exact.rounded(places: max(0, exact.places - (size - 15))).normalized : exact
    }

    private var magnitudeDigits: Int { String(digits.magnitude).utf8.count }

    /// Rounded to so many places, half to even (as Python's `decimal` and so Django do).
    public func rounded(places wanted: Int) -> ExactDecimal {
        guard wanted < places else { return scaled(to: wanted) ?? self }
        let divisor = Self.power(places - wanted)
        var quotient = digits / divisor
        let twice = (digits % divisor).magnitude * 2
        if twice > divisor.magnitude || (twice == divisor.magnitude && quotient % 2 != 0) {
            quotient += digits < 0 ? -1 : 1
        }
        return ExactDecimal(digits: quotient, places: wanted)
    }

    /// The same number with exactly so many places, which must not be fewer; nil if it would have too many digits.
    func scaled(to wanted: Int) -> ExactDecimal? {
        guard wanted >= places, wanted <= 38 else { return nil }
        let (product, overflow) = digits.multipliedReportingOverflow(by: Self.power(wanted - places))
        return overflow ? nil : ExactDecimal(digits: product, places: wanted)
    }

    /// Without zeros at the end of its places.
    public var normalized: ExactDecimal {
        var digits = digits
        var places = places
        while places > 0, digits % 10 == 0 {
            digits /= 10
            places -= 1
        }
        return ExactDecimal(digits: digits, places: places)
    }

    /// The nearest binary number.
    public var double: Double { Double(description) ?? .nan }

    /// The digits with the point, and a sign if negative.
    public var description: String {
        guard places > 0 else { return String(digits) }
        var text = String(digits.magnitude)
        if text.utf8.count <= places { text = String(repeating: "0", count: places + 1 - text.utf8.count) + text }
        text.insert(".", at: text.index(text.endIndex, offsetBy: -places))
        return digits < 0 ? "-" + text : text
    }

    static func power(_ exponent: Int) -> Int128 {
        var power: Int128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }

    /// The sum; the left number if it would have too many digits.
    public static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        let places = max(left.places, right.places)
        guard let first = left.scaled(to: places), let second = right.scaled(to: places) else { return left }
        return ExactDecimal(digits: first.digits + second.digits, places: places)
    }

    /// Whether a number is less than another one.
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let places = max(left.places, right.places)
        if let first = left.scaled(to: places), let second = right.scaled(to: places) {
            return first.digits < second.digits
        }
        return left.double < right.double
    }

    /// Whether two numbers have the same value, with however many places.
    public static func == (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let (first, second) = (left.normalized, right.normalized)
        return first.digits == second.digits && first.places == second.places
    }
}

extension ExactDecimal: Hashable {
    /// Equal values have equal hashes.
    public func hash(into hasher: inout Hasher) {
        let number = normalized
        hasher.combine(number.digits)
        hasher.combine(number.places)
    }
}
