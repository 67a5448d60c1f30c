// SPDX-License-Identifier: Apache-2.0

extension SQLiteDialect {
    /// Functions that only have another name here.
    private static let names: [String: String] = [
        "Substr": "SUBSTR", "Trim": "TRIM", "LTrim": "LTRIM", "RTrim": "RTRIM", "LPad": "sluice_lpad",
        "RPad": "sluice_rpad", "Repeat": "sluice_repeat", "Reverse": "sluice_reverse", "Lower": "sluice_lower",
        "Upper": "sluice_upper", "MD5": "sluice_md5", "SHA1": "sluice_sha1", "SHA224": "sluice_sha224",
        "SHA256": "sluice_sha256", "SHA384": "sluice_sha384", "SHA512": "sluice_sha512", "Chr": "CHAR",
        "Length": "LENGTH", "Ord": "UNICODE", "StrIndex": "INSTR", "NullIf": "NULLIF", "Abs": "ABS",
        "Ceil": "sluice_ceil", "Floor": "sluice_floor", "Round": "ROUND", "Sign": "sluice_sign", "Mod": "sluice_mod",
        "Power": "sluice_power", "Sqrt": "sluice_sqrt", "Exp": "sluice_exp", "Ln": "sluice_ln", "Log": "sluice_log",
        "Sin": "sluice_sin", "Cos": "sluice_cos", "Tan": "sluice_tan", "Cot": "sluice_cot", "ASin": "sluice_asin",
        "ACos": "sluice_acos", "ATan": "sluice_atan", "ATan2": "sluice_atan2", "Degrees": "sluice_degrees",
        "Radians": "sluice_radians", "Random": "sluice_random", "RowNumber": "ROW_NUMBER", "Rank": "RANK",
        "DenseRank": "DENSE_RANK", "Ntile": "NTILE", "PercentRank": "PERCENT_RANK", "CumeDist": "CUME_DIST",
        "Lag": "LAG", "Lead": "LEAD", "FirstValue": "FIRST_VALUE", "LastValue": "LAST_VALUE", "NthValue": "NTH_VALUE",
        "Pi": "sluice_pi", "Greatest": "sluice_greatest", "Least": "sluice_least",
    ]

    func write(
        function shape: FunctionShape, _ arguments: [Node], _ kind: FieldKind, zone: String?, _ compiler: SQLCompiler,
        _ writer: inout SQLWriter
    ) throws {
        if let name = Self.names[shape.name] {
            try compiler.write(call: name, arguments, into: &writer)
            return
        }
        switch shape.name {
        case "Concat":
            writer.write("(")
            for (index, argument) in arguments.enumerated() {
                if index > 0 { writer.write(" || ") }
                writer.write("COALESCE(")
                try compiler.write(argument, into: &writer)
                writer.write(", '')")
            }
            writer.write(")")
        case "Left", "Right":
            writer.write(shape.name == "Left" ? "SUBSTR(" : "sluice_right(")
            try compiler.write(arguments[0], into: &writer)
            writer.write(shape.name == "Left" ? ", 1, " : ", ")
            try compiler.write(arguments[1], into: &writer)
            writer.write(")")
        case "Replace":
            writer.write("REPLACE(")
            try compiler.write(list: arguments, into: &writer)
            writer.write(arguments.count == 2 ? ", '')" : ")")
        case "Coalesce":
            guard arguments.count > 1 else { return try compiler.write(arguments[0], into: &writer) }
            try compiler.write(call: "COALESCE", arguments, into: &writer)
        case "Now": writer.bind(.timestamp(compiler.now))
        case "TruncDate": try write(trunc: "date", arguments, kind, zone, compiler, &writer)
        case "TruncTime": try write(trunc: "time", arguments, kind, zone, compiler, &writer)
        case "JSONObject": try compiler.write(call: "JSON_OBJECT", arguments, into: &writer)
        case let name where name.hasPrefix("Extract"):
            writer.write("sluice_extract('\(name.dropFirst(7).lowercased())', ")
            try compiler.write(list: arguments, into: &writer)
            writer.write(", ")
            writer.bind(.text(zone ?? "UTC"))
            writer.write(")")
        case let name where name.hasPrefix("Trunc"):
            try write(trunc: name.dropFirst(5).lowercased(), arguments, kind, zone, compiler, &writer)
        default: throw ModelError(.unsupported, "\(shape.name) is not supported on this database backend.")
        }
    }

    private func write(
        trunc unit: String, _ arguments: [Node], _ kind: FieldKind, _ zone: String?, _ compiler: SQLCompiler,
        _ writer: inout SQLWriter
    ) throws {
        writer.write("sluice_trunc('\(unit)', ")
        try compiler.write(list: arguments, into: &writer)
        writer.write(kind == .date ? ", 'date', " : kind == .time ? ", 'time', " : ", 'datetime', ")
        writer.bind(.text(zone ?? "UTC"))
        writer.write(")")
    }
}
