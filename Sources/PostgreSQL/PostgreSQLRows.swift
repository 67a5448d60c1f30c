// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
internal import CPostgreSQL
internal import FoundationEssentials
internal import SluiceModels

/// A value as PostgreSQL reads it from a text; nil bytes are NULL.
struct PostgreSQLText {
    let bytes: [CChar]?

    init(_ value: Value) throws {
        let text: String
        switch value {
        case .null:
            bytes = nil
            return
        case .bool(let flag): text = flag ? "t" : "f"
        case .duration(let length): text = "\(length) microseconds"
        case .bytes(let bytes):
            var hex = "\\x"
            let digits = Array("0123456789abcdef")
            for byte in bytes {
                hex.append(digits[Int(byte >> 4)])
                hex.append(digits[Int(byte & 15)])
            }
            text = hex
        case .timestamp(let time): text = "\(time)+00"
        case .list: throw ModelError(.value, "several values cannot be bound as one")
        case .double(let number):
            text = number.isNaN ? "NaN" : number.isInfinite ? (number > 0 ? "Infinity" : "-Infinity") : "\(number)"
        default: text = value.plainText
        }
        guard !text.utf8.contains(0) else {
            throw ModelError(.value, "A string literal cannot contain NUL (0x00) characters.")
        }
        bytes = text.utf8CString.map { $0 }
    }
}

/// The rows of a result.
final class PostgreSQLRows: RowReader {
    private let result: OpaquePointer?
    private let total: Int32
    private var row: Int32 = -1

    init(_ result: OpaquePointer?) {
        self.result = result
        total = PQntuples(result)
    }

    override func next() throws -> Bool {
        row += 1
        return row < total
    }

    override var changes: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }
    override var count: Int { Int(PQnfields(result)) }
    override func name(_ column: Int) -> String { PQfname(result, Int32(column)).map { String(cString: $0) } ?? "" }
    override func isNull(_ column: Int) -> Bool { PQgetisnull(result, row, Int32(column)) == 1 }

    private func raw(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        guard let start = PQgetvalue(result, row, Int32(column)) else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        let count = Int(PQgetlength(result, row, Int32(column)))
        return UnsafeBufferPointer(start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: count)
    }

    override func int(_ column: Int) -> Int64 {
        var number: Int64 = 0
        var isNegative = false
        for byte in raw(column) {
            switch byte {
            case 0x2D: isNegative = true
            case 48...57: number = number &* 10 &- Int64(byte &- 48)
            case UInt8(ascii: "t"): return 1
            default: return isNegative ? number : -number
            }
        }
        return isNegative ? number : 0 &- number
    }

    override func double(_ column: Int) -> Double { Double(text(column)) ?? .nan }
    override func text(_ column: Int) -> String { String(decoding: raw(column), as: UTF8.self) }

    override func bytes(_ column: Int) -> [UInt8] {
        let text = raw(column)
        guard text.count >= 2, text[0] == 0x5C, text[1] == UInt8(ascii: "x") else { return Array(text) }
        func nibble(_ byte: UInt8) -> UInt8 { byte <= 57 ? byte - 48 : byte - 87 }
        return stride(from: 2, to: text.count - 1, by: 2).map { nibble(text[$0]) << 4 | nibble(text[$0 + 1]) }
    }

    override func value(_ column: Int, _ kind: FieldKind?) throws -> Value {
        if isNull(column) { return .null }
        let stored = try storedValue(column)
        guard let kind else { return stored }
        switch (kind, stored) {
        case (.decimal(_, let places), .decimal(let number)):
            return .decimal(number.places > places ? number.rounded(places: places) : number)
        case (.float, .decimal(let number)): return .double(number.double)
        case (.float, .int(let number)): return .double(Double(number))
        case (_, .decimal(let number)) where kind.isInteger:
            let short = number.normalized
            return short.places == 0 ? Int64(exactly: short.digits).map(Value.int) ?? stored : .double(number.double)
        case (.decimal, .int(let number)): return .decimal(ExactDecimal(number))
        case (.boolean, .int(let number)): return .bool(number != 0)
        case (.date, .timestamp(let time)): return .day(time.day)
        case (.dateTime, .day(let day)): return .timestamp(Timestamp(day))
        case (.json, .text(let text)): return JSONValue(text).map(Value.json) ?? stored
        default: return stored
        }
    }

    /// A value by the type that the server says it has.
    private func storedValue(_ column: Int) throws -> Value {
        let text = text(column)
        switch PQftype(result, Int32(column)) {
        case 16: return .bool(text == "t")
        case 20, 21, 23: return .int(int(column))
        case 700, 701: return .double(double(column))
        case 1700:
            if let number = ExactDecimal(text) { return .decimal(number) } else { return .double(double(column)) }
        case 1082: if let day = Day(text) { return .day(day) }
        case 1114, 1184: if let time = Timestamp(text) { return .timestamp(time) }
        case 1083: if let time = ClockTime(text) { return .time(time) }
        case 1186: if let length = Self.microseconds(ofInterval: text) { return .duration(length) }
        case 2950: if let id = UUID(uuidString: text) { return .uuid(id) }
        case 17: return .bytes(bytes(column))
        case 114, 3802: if let json = JSONValue(text) { return .json(json) }
        default: break
        }
        return .text(text)
    }

    /// An interval as PostgreSQL writes it, `1 mon -2 days 03:04:05.000006`; a month is 30 days.
    static func microseconds(ofInterval text: String) -> Int64? {
        let day: Int64 = 86_400_000_000
        var length: Int64 = 0
        var words = text.split(separator: " ")[...]
        while let word = words.popFirst() {
            guard !word.contains(":") else {
                let isNegative = word.hasPrefix("-")
                let parts = word.drop { $0 == "-" || $0 == "+" }.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, let hours = Int64(parts[0]), let rest = ClockTime("00:" + String(parts[1]))
                else {
                    return nil
                }
                let clock = hours * 3_600_000_000 + rest.microseconds
                length += isNegative ? -clock : clock
                continue
            }
            guard let number = Int64(word), let unit = words.popFirst() else { return nil }
            length += number * (unit.hasPrefix("year") ? 365 * day : unit.hasPrefix("mon") ? 30 * day : day)
        }
        return length
    }
}
#endif
