// SPDX-License-Identifier: Apache-2.0

/// A time of day in microseconds, without a day or a zone.
public struct ClockTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Microseconds since midnight, 0 to 86,399,999,999.
    public let microseconds: Int64

    /// A time by its microseconds since midnight, taken modulo a day.
    public init(microseconds: Int64) {
        let day: Int64 = 86_400_000_000
        self.microseconds = (microseconds % day + day) % day
    }

    /// A time of day; nil if a part is outside its range.
    public init?(hour: Int, minute: Int = 0, second: Int = 0, microsecond: Int = 0) {
        guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second),
            (0..<1_000_000).contains(microsecond)
        else { return nil }
        microseconds = Int64(((hour * 60 + minute) * 60 + second) * 1_000_000 + microsecond)
    }

    /// A time written as `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var scanner = DigitScanner(text.utf8)
        guard let time = Self(&scanner), scanner.isAtEnd else { return nil }
        self = time
    }

    init?(_ scanner: inout DigitScanner) {
        guard let hour = scanner.digits(1...2), scanner.skip(":"), let minute = scanner.digits(2) else { return nil }
        var second = 0
        var microsecond = 0
        if scanner.skip(":") {
            guard let read = scanner.digits(2) else { return nil }
            second = read
            if scanner.skip(".") {
                guard let fraction = scanner.microseconds() else { return nil }
                microsecond = fraction
            }
        }
        self.init(hour: hour, minute: minute, second: second, microsecond: microsecond)
    }

    /// Hour, minute, second and microsecond.
    public var parts: (hour: Int, minute: Int, second: Int, microsecond: Int) {
        let seconds = Int(microseconds / 1_000_000)
        return (seconds / 3600, seconds / 60 % 60, seconds % 60, Int(microseconds % 1_000_000))
    }

    /// `HH:MM:SS`, with `.ffffff` if there is a fraction.
    public var description: String {
        let (hour, minute, second, microsecond) = parts
        let clock = "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))"
        return microsecond == 0 ? clock : "\(clock).\(padded(microsecond, 6))"
    }

    /// Whether a time is before another one.
    public static func < (left: ClockTime, right: ClockTime) -> Bool { left.microseconds < right.microseconds }
}

/// A point in time in microseconds, in UTC; years 1 to 9999.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// The point `microseconds` after 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// A day and a time of day in UTC.
    public init(_ day: Day, _ time: ClockTime = ClockTime(microseconds: 0)) {
        microseconds = Int64(day.number) * 86_400_000_000 + time.microseconds
    }

    /// A point in time written as ISO 8601 has it, with `T` or a blank, and a zone of `Z`, `±HH:MM` or none, which
    /// is UTC; a day alone is its midnight. nil for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 8, let end = bytes.firstIndex(where: { $0 == 0x54 || $0 == 0x20 }) else {
            guard let day = Day(text) else { return nil }
            self.init(day)
            return
        }
        guard let day = Day(String(decoding: bytes[..<end], as: UTF8.self)) else { return nil }
        var scanner = DigitScanner(bytes[(end + 1)...])
        guard let time = ClockTime(&scanner) else { return nil }
        var offset = 0
        if !scanner.skip("Z"), let mark = scanner.next {
            guard mark == 0x2B || mark == 0x2D, scanner.skip(Unicode.Scalar(mark)), let hours = scanner.digits(2)
            else { return nil }
            _ = scanner.skip(":")
            offset = (hours * 60 + (scanner.digits(2) ?? 0)) * (mark == 0x2D ? -60 : 60)
        }
        guard scanner.isAtEnd else { return nil }
        self.init(microseconds: Timestamp(day, time).microseconds - Int64(offset) * 1_000_000)
    }

    /// Its day in UTC.
    public var day: Day { Day(number: Int((microseconds - time.microseconds) / 86_400_000_000)) }

    /// Its time of day in UTC.
    public var time: ClockTime { ClockTime(microseconds: microseconds) }

    /// `YYYY-MM-DD HH:MM:SS`, with `.ffffff` if there is a fraction: as databases write it, in UTC.
    public var description: String { "\(day) \(time)" }

    /// Whether a point in time is before another one.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
}
