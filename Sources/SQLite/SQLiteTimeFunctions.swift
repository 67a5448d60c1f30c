// SPDX-License-Identifier: Apache-2.0

internal import SluiceModels

/// Parts of days and times, and times cut to a unit.
enum SQLiteTimeFunctions {
    static var all: [SQLiteFunctions.Function] {
        [
            .init(name: "sluice_extract", arity: 3) { extract($0[0].text, $0[1].text, in: $0[2].text) },
            .init(name: "sluice_trunc", arity: 4) {
                truncate($0[0].text, $0[1].text, as: $0[2].text, in: $0[3].text)
            },
            .init(name: "sluice_time_add", arity: 3) { add($0[0].text, $0[1].int, as: $0[2].text) },
            .init(name: "sluice_time_difference", arity: 2) { difference($0[0].text, $0[1].text) },
        ]
    }

    /// A day, a time or both as a point in time.
    private static func point(_ text: String) -> Timestamp? {
        if let time = ClockTime(text) { return Timestamp(Day(number: 0), time) }
        return Timestamp(text)
    }

    /// A text that is a moment, as the clocks of a zone show it; nil for an unknown zone.
    private static func local(_ text: String, in zone: String) -> (point: Timestamp, rules: TimeZoneRules?)? {
        guard let point = point(text) else { return nil }
        // Days and times of day have no zone.
        guard zone != "UTC", text.utf8.count > 10, ClockTime(text) == nil else { return (point, nil) }
        guard let rules = TimeZoneRules.named(zone) else { return nil }
        return (rules.local(point), rules)
    }

    private static func extract(_ part: String, _ text: String, in zone: String) -> SQLiteValue {
        guard let (point, _) = local(text, in: zone) else { return .null }
        let (year, month, day) = point.day.parts
        let (hour, minute, second, microsecond) = point.time.parts
        let number: Int
        switch part {
        case "year": number = year
        case "isoyear": number = point.day.isoWeek.year
        case "month": number = month
        case "day": number = day
        case "week": number = point.day.isoWeek.week
        case "weekday": number = point.day.isoWeekday % 7 + 1
        case "isoweekday": number = point.day.isoWeekday
        case "quarter": number = (month + 2) / 3
        case "hour": number = hour
        case "minute": number = minute
        case "second": number = second
        case "microsecond": number = microsecond
        default: return .null
        }
        return .int(Int64(number))
    }

    /// The value cut to a unit on the clocks of a zone; days and times of day have none.
    private static func truncate(_ unit: String, _ text: String, as kind: String, in zone: String) -> SQLiteValue {
        guard let (point, rules) = local(text, in: zone) else { return .null }
        let (year, month, _) = point.day.parts
        let (hour, minute, second, _) = point.time.parts
        var day: Day? = point.day
        var time: ClockTime? = ClockTime(microseconds: 0)
        switch unit {
        case "year": day = Day(year: year, month: 1, day: 1)
        case "quarter": day = Day(year: year, month: (month - 1) / 3 * 3 + 1, day: 1)
        case "month": day = Day(year: year, month: month, day: 1)
        case "week": day = Day(number: point.day.number - point.day.isoWeekday + 1)
        case "day", "date": break
        case "hour": time = ClockTime(hour: hour)
        case "minute": time = ClockTime(hour: hour, minute: minute)
        case "second": time = ClockTime(hour: hour, minute: minute, second: second)
        case "time": time = point.time
        default: return .null
        }
        guard let day, let time else { return .null }
        switch kind {
        case "date": return .text(day.description)
        case "time": return .text(time.description)
        default:
            let local = Timestamp(day, time)
            return .text((rules?.moment(local) ?? local).description)
        }
    }

    private static func add(_ text: String, _ microseconds: Int64, as kind: String) -> SQLiteValue {
        guard let point = point(text) else { return .null }
        let (sum, overflow) = point.microseconds.addingReportingOverflow(microseconds)
        guard !overflow else { return .null }
        let other = Timestamp(microseconds: sum)
        return .text(kind == "time" ? other.time.description : other.description)
    }

    private static func difference(_ left: String, _ right: String) -> SQLiteValue {
        guard let first = point(left), let second = point(right) else { return .null }
        return .int(first.microseconds - second.microseconds)
    }
}
