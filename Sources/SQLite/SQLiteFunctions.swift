// SPDX-License-Identifier: Apache-2.0

internal import CSQLite

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The functions that the dialect counts on and SQLite does not have.
enum SQLiteFunctions {
    /// A function of values; `.null` if one of the arguments is NULL, unless it says that it takes those.
    struct Function {
        let name: String
        let arity: Int32
        var takesNull = false
        let body: ([SQLiteValue]) -> SQLiteValue
    }

    static func register(on database: OpaquePointer?) {
        for function in text + math + SQLiteDigests.all + SQLiteTimeFunctions.all { register(function, on: database) }
        SQLiteAggregates.register(on: database)
    }

    private static func register(_ function: Function, on database: OpaquePointer?) {
        let box = Unmanaged.passRetained(FunctionBox(function))
        sqlite3_create_function_v2(
            database, function.name, function.arity, SQLITE_UTF8 | SQLITE_DETERMINISTIC, box.toOpaque(),
            { context, count, arguments in
                guard let data = sqlite3_user_data(context) else { return }
                let function = Unmanaged<FunctionBox>.fromOpaque(data).takeUnretainedValue().function
                var values: [SQLiteValue] = []
                values.reserveCapacity(Int(count))
                for index in 0..<Int(count) {
                    let value = SQLiteValue(arguments?[index])
                    if case .null = value, !function.takesNull {
                        sqlite3_result_null(context)
                        return
                    }
                    values.append(value)
                }
                function.body(values).give(to: context)
            }, nil, nil,
            { data in if let data { Unmanaged<FunctionBox>.fromOpaque(data).release() } })
    }

    private final class FunctionBox {
        let function: Function
        init(_ function: Function) { self.function = function }
    }

    private static let maxRepeated = 10_000_000

    private static var text: [Function] {
        // Each connection has its own, which only its thread uses.
        let regex = SQLiteRegex()
        func pad(_ values: [SQLiteValue], left: Bool) -> SQLiteValue {
            let text = Array(values[0].text.unicodeScalars)
            let length = Int(values[1].int)
            let fill = values.count > 2 ? Array(values[2].text.unicodeScalars) : [" "]
            guard length >= 0, length <= maxRepeated else { return .null }
            if text.count >= length || fill.isEmpty { return .text(String(scalars: text.prefix(length))) }
            let padding = (0..<(length - text.count)).map { fill[$0 % fill.count] }
            return .text(String(scalars: left ? padding + text : text + padding))
        }
        return [
            Function(name: "sluice_lower", arity: 1) { .text($0[0].text.lowercased()) },
            Function(name: "sluice_upper", arity: 1) { .text($0[0].text.uppercased()) },
            Function(name: "sluice_reverse", arity: 1) { .text(String(scalars: $0[0].text.unicodeScalars.reversed())) },
            Function(name: "sluice_repeat", arity: 2) {
                let text = $0[0].text
                let count = max(0, Int($0[1].int))
                guard count <= maxRepeated / max(1, text.utf8.count) else { return .null }
                return .text(String(repeating: text, count: count))
            },
            Function(name: "sluice_lpad", arity: -1) { pad($0, left: true) },
            Function(name: "sluice_rpad", arity: -1) { pad($0, left: false) },
            Function(name: "sluice_right", arity: 2) {
                .text(String(scalars: $0[0].text.unicodeScalars.suffix(max(0, Int($0[1].int)))))
            },
            Function(name: "sluice_ends", arity: 2) {
                let (text, end) = (Array($0[0].text.utf8), Array($0[1].text.utf8))
                return .int(text.count >= end.count && text.suffix(end.count).elementsEqual(end) ? 1 : 0)
            },
            Function(name: "sluice_regex", arity: 2) {
                regex.matches($0[0].text, $0[1].text, ignoresCase: false)
            },
            Function(name: "sluice_iregex", arity: 2) {
                regex.matches($0[0].text, $0[1].text, ignoresCase: true)
            },
            Function(name: "sluice_greatest", arity: -1, takesNull: true) { extreme($0) { $0 > $1 } },
            Function(name: "sluice_least", arity: -1, takesNull: true) { extreme($0) { $0 < $1 } },
        ]
    }

    /// The greatest or the least value that is not NULL.
    private static func extreme(_ values: [SQLiteValue], _ isBetter: (SQLiteValue, SQLiteValue) -> Bool) -> SQLiteValue
    {
        var best = SQLiteValue.null
        for value in values {
            if case .null = value { continue }
            if case .null = best { best = value } else if isBetter(value, best) { best = value }
        }
        return best
    }

    private static var math: [Function] {
        func real(_ name: String, _ body: @escaping (Double) -> Double) -> Function {
            Function(name: name, arity: 1) { .number(body($0[0].double)) }
        }
        return [
            real("sluice_sqrt", sqrt), real("sluice_exp", exp), real("sluice_ln", log), real("sluice_sin", sin),
            real("sluice_cos", cos), real("sluice_tan", tan), real("sluice_cot") { 1 / tan($0) },
            real("sluice_asin", asin), real("sluice_acos", acos), real("sluice_atan", atan),
            real("sluice_degrees") { $0 * 180 / .pi }, real("sluice_radians") { $0 * .pi / 180 },
            Function(name: "sluice_ceil", arity: 1) { $0[0].isInt ? $0[0] : .number($0[0].double.rounded(.up)) },
            Function(name: "sluice_floor", arity: 1) { $0[0].isInt ? $0[0] : .number($0[0].double.rounded(.down)) },
            Function(name: "sluice_sign", arity: 1) { .int($0[0].double > 0 ? 1 : $0[0].double < 0 ? -1 : 0) },
            Function(name: "sluice_pi", arity: 0) { _ in .double(.pi) },
            Function(name: "sluice_random", arity: 0) { _ in .double(Double.random(in: 0..<1)) },
            Function(name: "sluice_log", arity: 2) { .number(log($0[1].double) / log($0[0].double)) },
            Function(name: "sluice_atan2", arity: 2) { .number(atan2($0[0].double, $0[1].double)) },
            Function(name: "sluice_power", arity: 2) { .number(pow($0[0].double, $0[1].double)) },
            Function(name: "sluice_mod", arity: 2) {
                if $0[0].isInt, $0[1].isInt {
                    // The quotient of the least number and -1 does not fit, though the rest is 0.
                    let rest = $0[0].int.remainderReportingOverflow(dividingBy: $0[1].int)
                    return $0[1].int == 0 ? .null : .int(rest.overflow ? 0 : rest.partialValue)
                }
                return .number(fmod($0[0].double, $0[1].double))
            },
            Function(name: "sluice_bitxor", arity: 2) { .int($0[0].int ^ $0[1].int) },
        ]
    }
}

/// A value between SQLite and a function.
enum SQLiteValue: Comparable {
    case null
    case int(Int64)
    case double(Double)
    case text(String)

    init(_ handle: OpaquePointer?) {
        switch sqlite3_value_type(handle) {
        case SQLITE_INTEGER: self = .int(sqlite3_value_int64(handle))
        case SQLITE_FLOAT: self = .double(sqlite3_value_double(handle))
        case SQLITE_NULL: self = .null
        default:
            guard let bytes = sqlite3_value_text(handle) else {
                self = .null
                return
            }
            let count = Int(sqlite3_value_bytes(handle))
            self = .text(String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
        }
    }

    /// A number, or NULL in place of what is none.
    static func number(_ number: Double) -> SQLiteValue { number.isFinite ? .double(number) : .null }

    var isInt: Bool { if case .int = self { true } else { false } }

    var int: Int64 {
        switch self {
        case .int(let number): number
        case .double(let number): Int64(exactly: number.rounded(.towardZero)) ?? 0
        case .text(let text): Int64(text) ?? 0
        case .null: 0
        }
    }

    var double: Double {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        case .text(let text): Double(text) ?? 0
        case .null: 0
        }
    }

    var text: String {
        switch self {
        case .int(let number): String(number)
        case .double(let number): "\(number)"
        case .text(let text): text
        case .null: ""
        }
    }

    static func < (left: SQLiteValue, right: SQLiteValue) -> Bool {
        switch (left, right) {
        case (.text(let first), .text(let second)): first.utf8.lexicographicallyPrecedes(second.utf8)
        case (.text, _): false
        case (_, .text): true
        case (.int(let first), .int(let second)): first < second
        default: left.double < right.double
        }
    }

    func give(to context: OpaquePointer?) {
        switch self {
        case .null: sqlite3_result_null(context)
        case .int(let number): sqlite3_result_int64(context, number)
        case .double(let number): sqlite3_result_double(context, number)
        case .text(var text):
            text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    if let start = $0.baseAddress, !$0.isEmpty {
                        sqlite3_result_text64(
                            context, start, UInt64($0.count), csqlite_transient(), UInt8(SQLITE_UTF8))
                    } else {
                        sqlite3_result_text(context, "", 0, csqlite_transient())
                    }
                }
            }
        }
    }
}

extension String {
    fileprivate init(scalars: some Sequence<Unicode.Scalar>) {
        var view = UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
