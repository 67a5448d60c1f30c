// SPDX-License-Identifier: Apache-2.0

/// A calendar day of the proleptic Gregorian calendar, without a time or a zone; years 1 to 9999 (ISO 8601).
public struct Day: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public let number: Int

    /// The day `number` days after 1970-01-01.
    public init(number: Int) { self.number = number }

    /// A day by year, month and day of the month; nil if the calendar has no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.length(ofMonth: month, year: year)
        else { return nil }
        number = Self.number(year, month, day)
    }

    /// A day written as `YYYY-MM-DD`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var scanner = DigitScanner(text.utf8)
        guard let year = scanner.digits(4), scanner.skip("-"), let month = scanner.digits(1...2), scanner.skip("-"),
            let day = scanner.digits(1...2), scanner.isAtEnd
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// The first ten bytes of `YYYY-MM-DD`, without a detour over a text.
    package init?(digits bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= 10, bytes[4] == 0x2D, bytes[7] == 0x2D else { return nil }
        func number(_ start: Int, _ count: Int) -> Int? {
            var number = 0
            for byte in bytes[start..<start + count] {
                guard (48...57).contains(byte) else { return nil }
                number = number * 10 + Int(byte - 48)
            }
            return number
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2) else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Year, month (1 to 12) and day of the month (1 to 31).
    public var parts: (year: Int, month: Int, day: Int) {
        // Howard Hinnant's civil_from_days: eras of 400 years from 0000-03-01.
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// Monday is 1, Sunday is 7 (ISO 8601).
    public var isoWeekday: Int { ((number + 3) % 7 + 7) % 7 + 1 }

    /// The year of ISO 8601's calendar of weeks, and the week in it (1 to 53).
    public var isoWeek: (year: Int, week: Int) {
        let thursday = Day(number: number + 4 - isoWeekday)
        let year = thursday.parts.year
        return (year, (thursday.number - Self.number(year, 1, 1)) / 7 + 1)
    }

    /// 1 to 366.
    public var dayOfYear: Int { number - Self.number(parts.year, 1, 1) + 1 }

    /// `YYYY-MM-DD`.
    public var description: String {
        let (year, month, day) = parts
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// Whether a day is before another one.
    public static func < (left: Day, right: Day) -> Bool { left.number < right.number }

    static func number(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func length(ofMonth month: Int, year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }
}

/// Reads numbers and marks off the front of a text in ASCII.
struct DigitScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: some Sequence<UInt8>) { rest = ArraySlice(text) }

    var isAtEnd: Bool { rest.isEmpty }
    var next: UInt8? { rest.first }

    mutating func skip(_ mark: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func digits(_ count: Int) -> Int? { digits(count...count) }

    mutating func digits(_ count: ClosedRange<Int>) -> Int? {
        var number = 0
        var read = 0
        while read < count.upperBound, let byte = rest.first, (48...57).contains(byte) {
            number = number * 10 + Int(byte - 48)
            rest.removeFirst()
            read += 1
        }
        return read >= count.lowerBound ? number : nil
    }

    /// A fraction of a second in microseconds, after its point.
    mutating func microseconds() -> Int? {
        let before = rest.count
        guard let number = digits(1...6) else { return nil }
        var micro = number
        for _ in (before - rest.count)..<6 { micro *= 10 }
        while let byte = rest.first, (48...57).contains(byte) { rest.removeFirst() }
        return micro
    }
}

func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
}
