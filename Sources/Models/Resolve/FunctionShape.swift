// SPDX-License-Identifier: Apache-2.0

/// A function that queries may call, by its name in Django; how it is written is the dialect's business.
struct FunctionShape {
    /// What a function gives.
    enum Result {
        case kind(FieldKind)
        /// What its first argument with a kind is.
        case argument
        /// A decimal if one argument is one, else a floating-point number.
        case number
    }

    let name: String
    let arity: ClosedRange<Int>
    let result: Result

    func kind(of arguments: [Node]) -> FieldKind {
        switch result {
        case .kind(let kind): return kind
        case .argument: return arguments.lazy.compactMap(\.kind).first ?? .text
        case .number:
            return arguments.lazy.compactMap(\.kind).first(where: \.isDecimal) ?? .float
        }
    }

    static let all: [String: FunctionShape] = {
        let many = 1...64
        let text: [(String, ClosedRange<Int>)] = [
            ("Concat", many), ("Substr", 2...3), ("Left", 2...2), ("Right", 2...2), ("Replace", 2...3), ("LPad", 2...3),
            ("RPad", 2...3), ("Trim", 1...1), ("LTrim", 1...1), ("RTrim", 1...1), ("Repeat", 2...2), ("Reverse", 1...1),
            ("Lower", 1...1), ("Upper", 1...1), ("MD5", 1...1), ("SHA1", 1...1), ("SHA224", 1...1), ("SHA256", 1...1),
            ("SHA384", 1...1), ("SHA512", 1...1), ("Chr", 1...1), ("Collate", 2...2), ("KT", 1...1),
        ]
        let integer: [(String, ClosedRange<Int>)] = [
            ("Length", 1...1), ("Ord", 1...1), ("StrIndex", 2...2), ("RowNumber", 0...0), ("Rank", 0...0),
            ("DenseRank", 0...0), ("Ntile", 1...1),
        ]
        let argument: [(String, ClosedRange<Int>)] = [
            ("Coalesce", many), ("Greatest", many), ("Least", many), ("NullIf", 2...2), ("Abs", 1...1), ("Ceil", 1...1),
            ("Floor", 1...1), ("Round", 1...2), ("Sign", 1...1), ("Lag", 1...3), ("Lead", 1...3), ("FirstValue", 1...1),
            ("LastValue", 1...1), ("NthValue", 2...2),
        ]
        let number: [(String, ClosedRange<Int>)] = [
            ("Mod", 2...2), ("Power", 2...2), ("Sqrt", 1...1), ("Exp", 1...1), ("Ln", 1...1), ("Log", 2...2),
            ("Sin", 1...1), ("Cos", 1...1), ("Tan", 1...1), ("Cot", 1...1), ("ASin", 1...1), ("ACos", 1...1),
            ("ATan", 1...1), ("ATan2", 2...2), ("Degrees", 1...1), ("Radians", 1...1), ("Pi", 0...0), ("Random", 0...0),
        ]
        var shapes: [FunctionShape] = []
        shapes += text.map { FunctionShape(name: $0.0, arity: $0.1, result: .kind(.text)) }
        shapes += integer.map { FunctionShape(name: $0.0, arity: $0.1, result: .kind(.integer)) }
        shapes += argument.map { FunctionShape(name: $0.0, arity: $0.1, result: .argument) }
        shapes += number.map { FunctionShape(name: $0.0, arity: $0.1, result: .number) }
        shapes += DatePart.allCases.map {
            FunctionShape(name: "Extract\($0.rawValue)", arity: 1...1, result: .kind(.integer))
        }
        for unit in DateUnit.allCases {
            shapes.append(FunctionShape(name: "Trunc\(unit.rawValue)", arity: 1...1, result: .argument))
        }
        shapes += [
            FunctionShape(name: "TruncDate", arity: 1...1, result: .kind(.date)),
            FunctionShape(name: "TruncTime", arity: 1...1, result: .kind(.time)),
            FunctionShape(name: "Now", arity: 0...0, result: .kind(.dateTime)),
            FunctionShape(name: "PercentRank", arity: 0...0, result: .kind(.float)),
            FunctionShape(name: "CumeDist", arity: 0...0, result: .kind(.float)),
            FunctionShape(name: "JSONObject", arity: 0...128, result: .kind(.json)),
        ]
        return Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, $0) })
    }()

    /// A function of the catalogue; nil for an unknown name.
    static func named(_ name: String) -> FunctionShape? { all[name] }
}

/// A part of a day or a time, as a number.
enum DatePart: String, CaseIterable {
    case year = "Year"
    case isoYear = "IsoYear"
    case month = "Month"
    case day = "Day"
    case week = "Week"
    case weekDay = "WeekDay"
    case isoWeekDay = "IsoWeekDay"
    case quarter = "Quarter"
    case hour = "Hour"
    case minute = "Minute"
    case second = "Second"
    case microsecond = "Microsecond"

    /// The name as a look-up has it.
    var lookup: String {
        switch self {
        case .isoYear: "iso_year"
        case .weekDay: "week_day"
        case .isoWeekDay: "iso_week_day"
        default: rawValue.lowercased()
        }
    }

    static let byLookup = Dictionary(uniqueKeysWithValues: allCases.map { ($0.lookup, $0) })
}

/// What a day or a time is cut to.
enum DateUnit: String, CaseIterable {
    case year = "Year"
    case quarter = "Quarter"
    case month = "Month"
    case week = "Week"
    case day = "Day"
    case hour = "Hour"
    case minute = "Minute"
    case second = "Second"
}
