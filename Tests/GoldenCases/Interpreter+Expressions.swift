// SPDX-License-Identifier: Apache-2.0

import SluiceModels

extension Interpreter {
    /// `Q`, `F`, functions, aggregates and what else expressions are made of; nil for another name.
    func queryFunction(_ name: String, _ arguments: Arguments) throws -> Py? {
        if let function = AggregateCall.Function(rawValue: name) { return try aggregate(function, arguments) }
        if let kind = fieldKind(name, arguments) { return .kind(kind) }
        switch name {
        case "Q": return .predicate(try conditions(arguments))
        case "F": return .expression(.path(LookupPath(arguments.get(0, "name")?.string ?? "")))
        case "OuterRef":
            if case .expression(.outer(let path, let levels))? = arguments[0] {
                return .expression(.outer(path, levels: levels + 1))
            }
            return .expression(.outer(LookupPath(arguments.get(0, "name")?.string ?? "")))
        case "Value":
            let kind = outputField(arguments)
            guard let value = arguments.get(0, "value") else { return nil }
            let json: Value? = kind == .json ? .json(try self.json(value)) : nil
            return .expression(.value(try json ?? plainOrJSON(value), kind))
        case "ExpressionWrapper":
            guard let inner = arguments.get(0, "expression"), let kind = outputField(arguments, at: 1) else {
                return nil
            }
            return .expression(.typed(try reference(inner), kind))
        case "Cast":
            guard let inner = arguments.get(0, "expression"), let kind = outputField(arguments, at: 1) else {
                return nil
            }
            return .expression(.cast(try reference(inner), kind))
        case "Subquery":
            guard case .query(let set)? = arguments.get(0, "queryset") else { return nil }
            return .expression(wrapped(.subquery(set.tree), arguments))
        case "Exists":
            guard case .query(let set)? = arguments.get(0, "queryset") else { return nil }
            return .expression(.exists(set.tree))
        case "When":
            let then = try reference(arguments["then"] ?? .none)
            var parts = arguments.plain.compactMap(predicate)
            if let condition = arguments["condition"].flatMap(predicate) { parts.append(condition) }
            parts += try lookups(arguments.without("then", "condition"))
            return .when(parts.count == 1 ? parts[0] : .and(parts), then)
        case "Case":
            let cases = arguments.plain.compactMap { value -> (QueryPredicate, QueryExpression)? in
                if case .when(let predicate, let then) = value { (predicate, then) } else { nil }
            }
            let otherwise = try arguments["default"].map { try reference($0) }
            return .expression(wrapped(.cases(cases.map { (when: $0.0, then: $0.1) }, otherwise: otherwise), arguments))
        case "Window": return .expression(try window(arguments))
        case "RowRange", "ValueRange":
            return .dict([
                (.value("range"), .value(.bool(name == "ValueRange"))),
                (.value("start"), arguments.get(0, "start") ?? .none),
                (.value("end"), arguments.get(1, "end") ?? .none),
            ])
        case "OrderBy":
            let ordering = try ordering(arguments[0] ?? .none)
            return .ordering(modified(ordering, arguments, descending: arguments["descending"]?.bool ?? false))
        case "RawSQL":
            let values = arguments.get(1, "params")?.items ?? []
            return .expression(
                .raw([.sql("(")] + (try raw(arguments[0]?.string ?? "", values)) + [.sql(")")], outputField(arguments)))
        case "Prefetch":
            var prefetch = Prefetch(LookupPath(arguments.get(0, "lookup")?.string ?? ""))
            if case .query(let set)? = arguments.get(1, "queryset") { prefetch.query = set.tree }
            prefetch.name = arguments.get(2, "to_attr")?.string
            return .prefetch(prefetch)
        case "FilteredRelation":
            let condition = arguments["condition"].flatMap(predicate) ?? .always
            return .filteredRelation(LookupPath(arguments.get(0, "relation_name")?.string ?? ""), condition)
        default: return try function(name, arguments)
        }
    }

    private func plainOrJSON(_ value: Py) throws -> Value {
        if case .value(let value) = value { return value }
        return .json(try json(value))
    }

    private func wrapped(_ expression: QueryExpression, _ arguments: Arguments) -> QueryExpression {
        outputField(arguments).map { .typed(expression, $0) } ?? expression
    }

    private func outputField(_ arguments: Arguments, at index: Int? = nil) -> FieldKind? {
        if case .kind(let kind)? = arguments["output_field"] { return kind }
        if let index, case .kind(let kind)? = arguments[index] { return kind }
        return nil
    }

    func fieldKind(_ name: String, _ arguments: Arguments) -> FieldKind? {
        switch name {
        case "IntegerField": .integer
        case "BigIntegerField": .bigInteger
        case "SmallIntegerField": .smallInteger
        case "PositiveIntegerField": .positiveInteger
        case "FloatField": .float
        case "DecimalField":
            .decimal(digits: arguments["max_digits"]?.int ?? 38, places: arguments["decimal_places"]?.int ?? 15)
        case "BooleanField": .boolean
        case "CharField": .char(arguments["max_length"]?.int ?? 255)
        case "TextField": .text
        case "DateField": .date
        case "DateTimeField": .dateTime
        case "TimeField": .time
        case "DurationField": .duration
        case "UUIDField": .uuid
        case "BinaryField": .binary
        case "JSONField": .json
        case "GenericIPAddressField": .ipAddress
        default: nil
        }
    }

    private func aggregate(_ function: AggregateCall.Function, _ arguments: Arguments) throws -> Py {
        let argument = arguments[0] ?? .value("*")
        var call = AggregateCall(function, try reference(argument))
        call.isDistinct = arguments["distinct"]?.bool ?? false
        call.isSample = arguments["sample"]?.bool ?? false
        call.filter = arguments["filter"].flatMap(predicate)
        call.defaultValue = try arguments["default"].map(expression)
        call.separator = try arguments.get(1, "delimiter").map(expression)
        var expression = QueryExpression.aggregate(call)
        if let kind = outputField(arguments) { expression = .typed(expression, kind) }
        if let name = argument.string { return .named("\(name)__\(function.rawValue.lowercased())", expression) }
        if case .expression(.path(let path)) = argument {
            return .named("\(path.text)__\(function.rawValue.lowercased())", expression)
        }
        return .expression(expression)
    }

    private func window(_ arguments: Arguments) throws -> QueryExpression {
        guard let function = arguments.get(0, "expression") else { throw PyError("TypeError", "Window()") }
        var call = WindowCall(try expression(function))
        if let partition = arguments.get(1, "partition_by") {
            call.partition = try (partition.items ?? [partition]).map(reference)
        }
        if let order = arguments.get(2, "order_by") {
            call.order = try (order.items ?? [order]).map { value in
                var term = try ordering(value)
                // Names are columns here, never a model's own order.
                term.isName = false
                return term
            }
        }
        if case .dict(let items)? = arguments["frame"] {
            func value(_ name: String) -> Py? { items.first { $0.key.string == name }?.value }
            call.frame = WindowFrame(
                isRange: value("range")?.bool ?? false, start: value("start")?.int, end: value("end")?.int)
        }
        return wrapped(.window(call), arguments)
    }

    func ordering(_ value: Py) throws -> Ordering {
        switch value {
        case .ordering(let ordering): ordering
        case .value(.text(let name)): Ordering(name: name)
        default: Ordering(try expression(value))
        }
    }

    func modified(_ ordering: Ordering, _ arguments: Arguments, descending: Bool) -> Ordering {
        var ordering = ordering
        ordering.isDescending = descending
        if arguments["nulls_first"]?.bool == true { ordering.nulls = .first }
        if arguments["nulls_last"]?.bool == true { ordering.nulls = .last }
        ordering.isName = false
        return ordering
    }

    /// Functions of the database by their names in Django.
    private func function(_ name: String, _ arguments: Arguments) throws -> Py? {
        var name = name
        var plain = arguments.plain
        let named = ["length", "offset", "default", "nth", "precision", "num_buckets", "fill_text"]
        for key in named { if let value = arguments[key] { plain.append(value) } }
        if let expression = arguments["expression"] { plain.insert(expression, at: 0) }
        if name == "Trunc" || name == "Extract" {
            guard let unit = (arguments.get(1, "kind") ?? arguments["lookup_name"])?.string else { return nil }
            name += unit.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
            plain = Array(plain.prefix(1))
        }
        if name == "JSONObject" {
            let pairs = try arguments.named.flatMap {
                [QueryExpression.value(.text($0.name)), try reference($0.value)]
            }
            return .expression(.function(FunctionCall("JSONObject", pairs)))
        }
        guard FunctionNames.all.contains(name) else { return nil }
        var call = FunctionCall(name, [])
        for (index, value) in plain.enumerated() {
            if name == "Collate", index == 1 {
                call.arguments.append(.value(.text(value.string ?? "")))
            } else {
                call.arguments.append(try reference(value))
            }
        }
        call.kind = outputField(arguments)
        if case .value(.text(let zone))? = arguments["tzinfo"] { call.timeZone = zone }
        return .expression(.function(call))
    }

    // MARK: Conditions

    func conditions(_ arguments: Arguments) throws -> QueryPredicate {
        var parts: [QueryPredicate] = []
        for value in arguments.plain {
            if let part = predicate(value) {
                parts.append(part)
            } else if let part = try? expression(value) {
                parts.append(.boolean(part))
            } else {
                throw PyError("TypeError", "not a condition")
            }
        }
        parts += try lookups(arguments.without("_connector", "_negated"))
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    func lookups(_ named: [(name: String, value: Py)]) throws -> [QueryPredicate] {
        try named.map { name, value in .lookup(LookupPath(name), try operandNow(value)) }
    }

    /// What a look-up compares with; rows that are remembered are used as they are.
    private func operandNow(_ value: Py) throws -> Operand {
        switch value {
        case .value(let value): return .value(value)
        case .expression(.value(let value, nil)): return .value(value)
        case .expression(let expression), .named(_, let expression): return .expression(expression)
        case .predicate(let predicate): return .expression(.condition(predicate))
        case .query(let set):
            if let cached = set.cache, set.rows == .objects { return .list(try cached.map(operandNow)) }
            return .query(set.tree)
        case .manager(let manager): return .query(try querySet(manager).tree)
        case .instance(let instance):
            return .object(model: instance.record.model.label, key: instance.record.key, fields: [:])
        case .list(let items), .tuple(let items), .set(let items):
            let parts = try items.map(operandNow)
            let values = parts.compactMap { if case .value(let value) = $0 { value } else { nil } }
            return values.count == parts.count ? .value(.list(values)) : .list(parts)
        case .dict: return .value(.json(try json(value)))
        default: throw PyError("TypeError", "not a value of a look-up")
        }
    }

    /// SQL with `%s` where values are bound, and `%%` for a sign of its own.
    func raw(_ sql: String, _ values: [Py]) throws -> [RawPiece] {
        var pieces: [RawPiece] = []
        var text = ""
        var rest = values[...]
        var characters = Array(sql.unicodeScalars)[...]
        while let first = characters.popFirst() {
            if first == "%", characters.first == "s" {
                characters.removeFirst()
                pieces.append(.sql(text))
                text = ""
                guard let value = rest.popFirst() else { throw PyError("TypeError", "not enough parameters") }
                pieces.append(.value(try plain(value)))
            } else if first == "%", characters.first == "%" {
                characters.removeFirst()
                text += "%"
            } else {
                text.unicodeScalars.append(first)
            }
        }
        pieces.append(.sql(text))
        return pieces
    }
}

/// The functions of the database that cases may call.
enum FunctionNames {
    static let all: Set<String> = {
        var names: Set<String> = [
            "Concat", "Substr", "Left", "Right", "Replace", "LPad", "RPad", "Trim", "LTrim", "RTrim", "Repeat",
            "Reverse",
            "Lower", "Upper", "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "Chr", "Collate", "KT", "Length",
            "Ord",
            "StrIndex", "RowNumber", "Rank", "DenseRank", "Ntile", "Coalesce", "Greatest", "Least", "NullIf", "Abs",
            "Ceil",
            "Floor", "Round", "Sign", "Lag", "Lead", "FirstValue", "LastValue", "NthValue", "Mod", "Power", "Sqrt",
            "Exp",
            "Ln", "Log", "Sin", "Cos", "Tan", "Cot", "ASin", "ACos", "ATan", "ATan2", "Degrees", "Radians", "Pi",
            "Random",
            "Now", "PercentRank", "CumeDist", "JSONObject", "TruncDate", "TruncTime",
        ]
        for unit in ["Year", "Quarter", "Month", "Week", "Day", "Hour", "Minute", "Second"] {
            names.insert("Trunc\(unit)")
        }
        for part in [
            "Year", "IsoYear", "Month", "Day", "Week", "WeekDay", "IsoWeekDay", "Quarter", "Hour", "Minute", "Second",
        ] { names.insert("Extract\(part)") }
        return names
    }()
}
