// SPDX-License-Identifier: Apache-2.0

extension PostgreSQLDialect {
    /// Functions that only have another name here.
    private static let names: [String: String] = [
        "Substr": "SUBSTR", "Left": "LEFT", "Right": "RIGHT", "Trim": "BTRIM", "LTrim": "LTRIM", "RTrim": "RTRIM",
        "LPad": "LPAD", "RPad": "RPAD", "Repeat": "REPEAT", "Reverse": "REVERSE", "Lower": "LOWER", "Upper": "UPPER",
        "MD5": "MD5", "Chr": "CHR", "Length": "LENGTH", "Ord": "ASCII", "StrIndex": "STRPOS", "NullIf": "NULLIF",
        "Abs": "ABS", "Ceil": "CEILING", "Floor": "FLOOR", "Sign": "SIGN", "Power": "POWER", "Sqrt": "SQRT",
        "Exp": "EXP", "Ln": "LN", "Sin": "SIN", "Cos": "COS", "Tan": "TAN", "Cot": "COT", "ASin": "ASIN",
        "ACos": "ACOS", "ATan": "ATAN", "ATan2": "ATAN2", "Degrees": "DEGREES", "Radians": "RADIANS", "Pi": "PI",
        "Random": "RANDOM", "Greatest": "GREATEST", "Least": "LEAST", "Coalesce": "COALESCE",
        "RowNumber": "ROW_NUMBER", "Rank": "RANK", "DenseRank": "DENSE_RANK", "Ntile": "NTILE",
        "PercentRank": "PERCENT_RANK", "CumeDist": "CUME_DIST", "Lag": "LAG", "Lead": "LEAD",
        "FirstValue": "FIRST_VALUE", "LastValue": "LAST_VALUE", "NthValue": "NTH_VALUE",
    ]

    func write(
        function shape: FunctionShape, _ arguments: [Node], _ kind: FieldKind, zone: String?, _ compiler: SQLCompiler,
        _ writer: inout SQLWriter
    ) throws {
        if let name = Self.names[shape.name] {
            return try compiler.write(call: name, arguments, into: &writer)
        }
        func numeric(_ name: String) throws {
            writer.write("\(name)(")
            for (index, argument) in arguments.enumerated() {
                if index > 0 { writer.write(", ") }
                writer.write("(")
                try compiler.write(argument, into: &writer)
                writer.write(name == "ROUND" && index == 1 ? ")::integer" : ")::numeric")
            }
            writer.write(")")
        }
        switch shape.name {
        case "Concat":
            writer.write("(")
            for (index, argument) in arguments.enumerated() {
                if index > 0 { writer.write(" || ") }
                writer.write("COALESCE((")
                try compiler.write(argument, into: &writer)
                writer.write(")::text, '')")
            }
            writer.write(")")
        case "Replace":
            writer.write("REPLACE(")
            try compiler.write(list: arguments, into: &writer)
            writer.write(arguments.count == 2 ? ", '')" : ")")
        case "Mod": try numeric("MOD")
        case "Log": try numeric("LOG")
        case "Round":
            if kind == .float {
                writer.write("(")
                try numeric("ROUND")
                writer.write(")::double precision")
            } else {
                try numeric("ROUND")
            }
        case "SHA224", "SHA256", "SHA384", "SHA512":
            writer.write("ENCODE(\(shape.name)(CONVERT_TO(")
            try compiler.write(list: arguments, into: &writer)
            writer.write(", 'UTF8')), 'hex')")
        case "Collate":
            guard arguments.count == 2, case .value(.text(let name), _) = arguments[1] else {
                throw ModelError(.value, "Collate() needs the name of a collation")
            }
            writer.write("(")
            try compiler.write(arguments[0], into: &writer)
            writer.write(" COLLATE ")
            writer.quote(name)
            writer.write(")")
        case "Now": write(value: .timestamp(compiler.now), .dateTime, &writer)
        case "JSONObject":
            writer.write("JSONB_BUILD_OBJECT(")
            try compiler.write(list: arguments, into: &writer)
            writer.write(")")
        case "TruncDate": try write(local: arguments, zone, as: "date", compiler, &writer)
        case "TruncTime": try write(local: arguments, zone, as: "time", compiler, &writer)
        case let name where name.hasPrefix("Extract"):
            try write(extract: String(name.dropFirst(7)), arguments, zone, compiler, &writer)
        case let name where name.hasPrefix("Trunc"):
            try write(trunc: String(name.dropFirst(5)).lowercased(), arguments, kind, zone, compiler, &writer)
        default: throw ModelError(.unsupported, "\(shape.name) is not supported on this database backend.")
        }
    }

    /// A point in time as the clock of a zone shows it; other values as they are.
    private func write(local arguments: [Node], _ zone: String?, _ compiler: SQLCompiler, _ writer: inout SQLWriter)
        throws
    {
        writer.write("(")
        try compiler.write(list: arguments, into: &writer)
        if arguments.first?.kind == .dateTime {
            writer.write(" AT TIME ZONE ")
            write(value: .text(zone ?? "UTC"), .text, &writer)
        }
        writer.write(")")
    }

    private func write(
        local arguments: [Node], _ zone: String?, as type: String, _ compiler: SQLCompiler, _ writer: inout SQLWriter
    ) throws {
        try write(local: arguments, zone, compiler, &writer)
        writer.write("::\(type)")
    }

    private func write(
        extract part: String, _ arguments: [Node], _ zone: String?, _ compiler: SQLCompiler, _ writer: inout SQLWriter
    ) throws {
        let names = ["WeekDay": "DOW", "IsoWeekDay": "ISODOW", "IsoYear": "ISOYEAR", "Microsecond": "MICROSECONDS"]
        writer.write(part == "Second" ? "TRUNC(EXTRACT(" : "(EXTRACT(")
        writer.write(names[part] ?? part.uppercased())
        writer.write(" FROM ")
        try write(local: arguments, zone, compiler, &writer)
        writer.write(part == "WeekDay" ? ") + 1)::integer" : "))::integer")
    }

    private func write(
        trunc unit: String, _ arguments: [Node], _ kind: FieldKind, _ zone: String?, _ compiler: SQLCompiler,
        _ writer: inout SQLWriter
    ) throws {
        let isInstant = arguments.first?.kind == .dateTime
        writer.write("(DATE_TRUNC('\(unit)', ")
        try write(local: arguments, zone, compiler, &writer)
        writer.write(isInstant || kind == .time ? ")" : "::timestamp)")
        switch kind {
        case .date: writer.write(")::date")
        case .time: writer.write(")::time")
        default:
            if isInstant {
                writer.write(" AT TIME ZONE ")
                write(value: .text(zone ?? "UTC"), .text, &writer)
            }
            writer.write(")")
        }
    }

    // MARK: Text

    func write(textMatch lookup: Lookup, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws {
        var left = lookup.left
        if case .key(let inner, let path, _) = left { left = .key(inner, path, asText: true) }
        let name = lookup.name
        let foldsCase = name.hasPrefix("i")
        func writeLeft() throws {
            if foldsCase { writer.write("UPPER(") }
            writer.write(left.kind == .ipAddress ? "HOST(" : "(")
            try compiler.write(left, into: &writer)
            writer.write(left.kind == .ipAddress ? ")" : ")::text")
            if foldsCase { writer.write(")") }
        }
        func writeRight() throws {
            if foldsCase { writer.write("UPPER(") }
            writer.write("(")
            try compiler.write(lookup.right, against: .value(.text(""), .text), into: &writer)
            writer.write(foldsCase ? ")::text)" : ")::text")
        }
        switch name {
        case "regex", "iregex":
            writer.write("(")
            try compiler.write(left, into: &writer)
            writer.write(name == "regex" ? ")::text ~ " : ")::text ~* ")
            try compiler.write(lookup.right, against: .value(.text(""), .text), into: &writer)
        case "iexact":
            try writeLeft()
            writer.write(" = ")
            try writeRight()
        case "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith":
            let (before, after) = (!name.hasSuffix("startswith"), !name.hasSuffix("endswith"))
            guard case .value(let value) = lookup.right else {
                writer.write(after && before ? "STRPOS(" : after ? "STRPOS(" : "RIGHT(")
                try writeLeft()
                writer.write(after ? ", " : ", LENGTH(")
                try writeRight()
                writer.write(after && before ? ") > 0" : after ? ") = 1" : ")) = ")
                if !after { try writeRight() }
                return
            }
            try writeLeft()
            writer.write(foldsCase ? " LIKE UPPER(" : " LIKE ")
            write(
                value: .text((before ? "%" : "") + Self.likeEscaped(value.plainText) + (after ? "%" : "")), .text,
                &writer)
            if foldsCase { writer.write(")") }
        default: throw ModelError(.field, "Unsupported lookup '\(name)'")
        }
    }

    static func likeEscaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            if scalar == "\\" || scalar == "%" || scalar == "_" { escaped += "\\" }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }
}
