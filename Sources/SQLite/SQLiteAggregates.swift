// SPDX-License-Identifier: Apache-2.0

internal import CSQLite
internal import SluiceModels

/// Aggregates that SQLite does not have, or computes with binary numbers where decimals are meant.
enum SQLiteAggregates {
    private final class State {
        var count = 0
        var mean = 0.0
        var squares = 0.0
        var sum = ExactDecimal(digits: 0, places: 0)
        var isExact = true
        var approximate = 0.0

        func add(_ value: SQLiteValue) {
            if case .null = value { return }
            count += 1
            let number = value.double
            // Welford's algorithm, which does not lose digits.
            let delta = number - mean
            mean += delta / Double(count)
            squares += delta * (number - mean)
            approximate += number
            let exact: ExactDecimal? =
                switch value {
                case .int(let number): ExactDecimal(number)
                case .double(let number): ExactDecimal(number)
                case .text(let text): ExactDecimal(text)
                case .null: nil
                }
            if let exact { sum = sum + exact } else { isExact = false }
        }
    }

    private enum Kind: Int {
        case sum, average, populationDeviation, sampleDeviation, populationVariance, sampleVariance
    }

    private static let names: [(String, Kind)] = [
        ("sluice_decimal_sum", .sum), ("sluice_decimal_avg", .average), ("sluice_stddev_pop", .populationDeviation),
        ("sluice_stddev_samp", .sampleDeviation), ("sluice_var_pop", .populationVariance),
        ("sluice_var_samp", .sampleVariance),
    ]

    static func register(on database: OpaquePointer?) {
        for (name, kind) in names {
            sqlite3_create_function_v2(
                database, name, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                UnsafeMutableRawPointer(bitPattern: kind.rawValue + 1), nil,
                { context, _, arguments in
                    SQLiteAggregates.state(context)?.add(SQLiteValue(arguments?[0]))
                },
                { context in
                    SQLiteAggregates.result(context).give(to: context)
                    SQLiteAggregates.release(context)
                }, nil)
        }
    }

    /// The state of the group, made by its first row.
    private static func state(_ context: OpaquePointer?) -> State? {
        guard let slot = sqlite3_aggregate_context(context, Int32(MemoryLayout<UnsafeRawPointer?>.size)) else {
            return nil
        }
        let pointer = slot.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        if pointer.pointee == nil { pointer.pointee = Unmanaged.passRetained(State()).toOpaque() }
        return pointer.pointee.map { Unmanaged<State>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func release(_ context: OpaquePointer?) {
        guard let slot = sqlite3_aggregate_context(context, 0) else { return }
        let pointer = slot.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        if let state = pointer.pointee { Unmanaged<State>.fromOpaque(state).release() }
        pointer.pointee = nil
    }

    private static func result(_ context: OpaquePointer?) -> SQLiteValue {
        guard sqlite3_aggregate_context(context, 0) != nil, let state = state(context), state.count > 0,
            let kind = Kind(rawValue: Int(bitPattern: sqlite3_user_data(context)) - 1)
        else { return .null }
        let count = Double(state.count)
        switch kind {
        case .sum:
            guard state.isExact else { return .double(state.approximate) }
            let sum = state.sum.normalized
            if sum.places == 0, let whole = Int64(exactly: sum.digits) { return .int(whole) }
            return .text(sum.description)
        case .average:
            guard state.isExact else { return .double(state.mean) }
            let places = 16
            let wide = state.sum.rounded(places: places)
            guard
                let scaled = wide.places == places
                    ? wide
                    : ExactDecimal(
                        "\(wide)" + (wide.places == 0 ? "." : "") + String(repeating: "0", count: places - wide.places))
            else { return .double(state.mean) }
            let quotient = ExactDecimal(digits: scaled.digits / Int128(state.count), places: places).normalized
            if quotient.places == 0, let whole = Int64(exactly: quotient.digits) { return .int(whole) }
            return .text(quotient.description)
        case .populationDeviation: return .number((state.squares / count).squareRoot())
        case .sampleDeviation: return count > 1 ? .number((state.squares / (count - 1)).squareRoot()) : .null
        case .populationVariance: return .number(state.squares / count)
        case .sampleVariance: return count > 1 ? .number(state.squares / (count - 1)) : .null
        }
    }
}
