// SPDX-License-Identifier: Apache-2.0

import SluiceModels

extension Interpreter {
    func method(_ name: String, of owner: Py, _ arguments: Arguments) async throws -> Py {
        switch owner {
        case .query(let set): return try await method(name, set, arguments)
        case .manager(let manager):
            if let result = try await managerMethod(name, manager, arguments) { return result }
            return try await method(name, try rememberedSet(manager), arguments)
        case .instance(let instance): return try await instanceMethod(name, instance, arguments)
        case .expression, .named:
            let expression = try self.expression(owner)
            switch name {
            case "asc", "desc":
                return .ordering(modified(Ordering(expression), arguments, descending: name == "desc"))
            case "bitand":
                return .expression(.arithmetic(expression, .bitAnd, try self.expression(arguments[0] ?? .none)))
            case "bitor":
                return .expression(.arithmetic(expression, .bitOr, try self.expression(arguments[0] ?? .none)))
            case "bitxor":
                return .expression(.arithmetic(expression, .bitXor, try self.expression(arguments[0] ?? .none)))
            case "bitleftshift":
                return .expression(.arithmetic(expression, .shiftLeft, try self.expression(arguments[0] ?? .none)))
            case "bitrightshift":
                return .expression(.arithmetic(expression, .shiftRight, try self.expression(arguments[0] ?? .none)))
            default: break
            }
        case .dict(let items):
            switch name {
            case "keys": return .list(items.map(\.key))
            case "values": return .list(items.map(\.value))
            case "items": return .list(items.map { .tuple([$0.key, $0.value]) })
            case "get":
                let wanted = try Comparison.canonical(arguments[0] ?? .none)
                return try items.first { try Comparison.canonical($0.key) == wanted }?.value ?? arguments[1] ?? .none
            default: break
            }
        case .value(.text(let text)):
            switch name {
            case "startswith": return .value(.bool(text.hasPrefix(arguments[0]?.string ?? "")))
            case "endswith": return .value(.bool(text.hasSuffix(arguments[0]?.string ?? "")))
            case "lower": return .value(.text(text.lowercased()))
            case "upper": return .value(.text(text.uppercased()))
            default: break
            }
        case .global(let module): return try await moduleFunction(module, name, arguments)
        case .model(let model):
            if name == "add_to_class" { break }
            return try await method(name, of: try await attribute(name, of: .model(model)), arguments)
        case .member(let inner, "meta") where name == "get_field":
            guard case .model(let model) = inner.value, let field = model.field(arguments[0]?.string ?? "") else {
                throw PyError("FieldDoesNotExist", arguments[0]?.string ?? "")
            }
            return .dict([
                (
                    .value("verbose_name"),
                    .value(
                        .text(field.declaration.verboseName ?? field.name.split(separator: "_").joined(separator: " ")))
                ),
                (.value("name"), .value(.text(field.name))), (.value("column"), .value(.text(field.column))),
                (.value("max_length"), field.kind.maxLength.map { .value(.int(Int64($0))) } ?? .none),
                (.value("null"), .value(.bool(field.isNull))),
            ])
        default: break
        }
        throw PyError("AttributeError", "there is no \(name)()")
    }

    private func moduleFunction(_ module: String, _ name: String, _ arguments: Arguments) async throws -> Py {
        switch (module, name) {
        case ("timezone", "now"), ("datetime.datetime", "now"): return .value(.timestamp(store.databases.main.now))
        case ("importlib", "import_module"):
            let path = arguments[0]?.string ?? ""
            return .global("module:\(path.split(separator: ".").first ?? "")")
        case ("transaction", "savepoint"):
            savepoints += 1
            let name = "\"case_\(savepoints)\""
            try await control("SAVEPOINT \(name)")
            return .value(.text(name))
        case ("transaction", "savepoint_rollback"):
            try await control("ROLLBACK TO SAVEPOINT \(arguments[0]?.string ?? "")")
            return .none
        case ("transaction", "savepoint_commit"):
            try await control("RELEASE SAVEPOINT \(arguments[0]?.string ?? "")")
            return .none
        case (_, "close") where module.hasPrefix("connection"): return .none
        case (_, "fromkeys"):
            return .dict((try await items(of: arguments[0] ?? .none) ?? []).map { ($0, arguments[1] ?? .none) })
        default:
            if module.hasPrefix("module:"), let model = schema.model("\(module.dropFirst(7)).\(name)") {
                return .instance(try await make(model, arguments.named))
            }
            return try await call(named: name, arguments)
        }
    }

    private func control(_ sql: String) async throws {
        let database = store.databases.main
        guard let transaction = database.transaction else { return }
        try await database.control(sql, transaction.connection)
    }

    /// A function of a module, by its name alone.
    private func call(named name: String, _ arguments: Arguments) async throws -> Py {
        if let value = try queryFunction(name, arguments) { return value }
        return try await builtInFunction(name, arguments)
    }

    // MARK: Query sets

    private func method(_ name: String, _ set: QuerySet, _ arguments: Arguments) async throws -> Py {
        if let next = try await step(name, set, arguments) { return .query(next) }
        switch name {
        case "get":
            let narrowed = set.adding(.filter(try conditions(arguments)))
            if arguments.plain.isEmpty && arguments.named.isEmpty { return try await one(set) }
            if set.tree.isSliced { throw PyError("TypeError", "Cannot filter a query once a slice has been taken.") }
            return try await one(narrowed)
        case "first", "last":
            let isLast = name == "last"
            if set.tree.isSliced, isLast {
                throw PyError("TypeError", "Cannot reverse a query once a slice has been taken.")
            }
            var ordered = set.tree.isOrdered(schema) ? set : set.adding(.order([Ordering(name: "pk")]))
            if isLast { ordered = ordered.adding(.reverse) }
            return try await ask(ordered.adding(.slice(offset: 0, limit: 1))).first ?? .none
        case "latest", "earliest":
            var names = arguments.plain.compactMap(\.string)
            let model = try schema.required(set.tree.model)
            if names.isEmpty { names = model.declaration.latestBy }
            guard !names.isEmpty else { throw PyError("ValueError", "latest() needs fields") }
            if set.tree.isSliced { throw PyError("TypeError", "Cannot change a query once a slice has been taken.") }
            var terms = names.map(Ordering.init(name:))
            if name == "latest" { terms = terms.map(\.reversed) }
            return try await one(set.adding(.order(terms)).adding(.slice(offset: 0, limit: 1)))
        case "count":
            if let cache = set.cache { return .value(.int(Int64(cache.count))) }
            return .value(.int(Int64(try await store.count(set.tree))))
        case "exists":
            if let cache = set.cache { return .value(.bool(!cache.isEmpty)) }
            return .value(.bool(try await store.exists(set.tree)))
        case "contains":
            guard case .instance(let instance)? = arguments[0] else {
                throw PyError("TypeError", "'obj' must be a model instance.")
            }
            guard set.rows == .objects else { throw PyError("TypeError", "Cannot call contains() after values()") }
            return .value(
                .bool(try await store.exists(set.tree.filter(.lookup(LookupPath("pk"), .value(instance.record.key))))))
        case "aggregate":
            var aggregates: [(name: String, expression: QueryExpression)] = []
            for value in arguments.plain {
                guard case .named(let name, let expression) = value else {
                    throw PyError("TypeError", "Complex aggregates require an alias")
                }
                aggregates.append((name, expression))
            }
            for (name, value) in arguments.named { aggregates.append((name, try expression(value))) }
            let values = try await store.aggregate(set.tree, aggregates)
            return .dict(zip(aggregates, values).map { (key: .value(.text($0.name)), value: .value($1)) })
        case "in_bulk":
            let field = arguments["field_name"]?.string ?? "pk"
            if set.tree.isSliced { throw PyError("TypeError", "Cannot use 'limit' or 'offset' with in_bulk().") }
            var tree = set.tree
            if let list = arguments.get(0, "id_list") {
                tree = tree.filter(.lookup(LookupPath("\(field)__in"), try await operand(list)))
            }
            let found = try await store.fetch(tree)
            return .dict(found.map { (key: unpacked($0[field] ?? .null), value: .instance(Instance($0))) })
        case "iterator":
            let copy = QuerySet(set.tree, rows: set.rows)
            copy.isIterator = true
            return .query(copy)
        case "explain": return .value(.text(try await store.explain(set.tree)))
        case "values_list", "values": break
        default: break
        }
        return try await writingMethod(name, set, arguments)
    }

    /// The only row of a set.
    private func one(_ set: QuerySet) async throws -> Py {
        let found = try await ask(QuerySet(set.tree.forGet, rows: set.rows))
        if found.isEmpty { throw PyError("DoesNotExist", set.tree.model) }
        if found.count > 1 { throw PyError("MultipleObjectsReturned", set.tree.model) }
        return found[0]
    }

    /// Methods that give another set without asking.
    private func step(_ name: String, _ set: QuerySet, _ arguments: Arguments) async throws -> QuerySet? {
        switch name {
        case "all": return QuerySet(set.tree, rows: set.rows)
        case "filter", "exclude":
            if arguments.plain.isEmpty, arguments.named.isEmpty { return set }
            if set.tree.isSliced { throw PyError("TypeError", "Cannot filter a query once a slice has been taken.") }
            let predicate = try conditions(arguments)
            return set.adding(name == "filter" ? .filter(predicate) : .exclude(predicate))
        case "order_by": return set.adding(.order(try arguments.plain.map(ordering)))
        case "reverse": return set.adding(.reverse)
        case "distinct": return set.adding(.distinct(arguments.plain.compactMap(\.string)))
        case "none": return set.adding(.none)
        case "annotate", "alias":
            var next = set
            var plain: [(name: String, expression: QueryExpression)] = []
            for value in arguments.plain {
                guard case .named(let name, let expression) = value else {
                    throw PyError("TypeError", "Complex annotations require an alias")
                }
                plain.append((name, expression))
            }
            for (name, value) in arguments.named {
                if case .filteredRelation(let path, let predicate) = value {
                    next = next.adding(.filteredRelation(name: name, path: path, predicate))
                } else {
                    plain.append((name, try expression(value)))
                }
            }
            return plain.isEmpty ? next : next.adding(.annotate(plain, select: name == "annotate"))
        case "values", "values_list":
            let isFlat = arguments["flat"]?.bool ?? false
            if isFlat, arguments.plain.count > 1 {
                throw PyError("TypeError", "'flat' is not valid when values_list is called with more than one field.")
            }
            var items: [ValuesItem] = []
            for (index, value) in arguments.plain.enumerated() {
                if let name = value.string {
                    items.append(.path(LookupPath(name)))
                } else if case .named(let name, let expression) = value {
                    items.append(.expression(name: name, expression))
                } else {
                    items.append(.expression(name: "expr\(index + 1)", try expression(value)))
                }
            }
            for (name, value) in arguments.without("flat", "named") {
                items.append(.expression(name: name, try expression(value)))
            }
            let next = set.adding(.values(items))
            next.rows = name == "values" ? .dictionaries : isFlat ? .flat : .tuples
            return next
        case "select_related":
            if case .value(.null)? = arguments[0] { return set.adding(.clearSelectRelated) }
            let names = arguments.plain.compactMap(\.string)
            return set.adding(.selectRelated(names.isEmpty ? nil : names))
        case "prefetch_related":
            if case .value(.null)? = arguments[0] { return set.adding(.clearPrefetch) }
            return set.adding(
                .prefetch(
                    arguments.plain.compactMap { value in
                        if case .prefetch(let prefetch) = value {
                            prefetch
                        } else {
                            value.string.map { Prefetch(LookupPath($0)) }
                        }
                    }))
        case "defer":
            if case .value(.null)? = arguments[0] { return set.adding(.clearDefer) }
            return set.adding(.defer(arguments.plain.compactMap(\.string)))
        case "only":
            if case .value(.null)? = arguments[0] {
                throw PyError("TypeError", "Cannot pass None as an argument to only().")
            }
            return set.adding(.only(arguments.plain.compactMap(\.string)))
        case "using":
            let next = QuerySet(set.tree, rows: set.rows)
            next.tree.database = arguments[0]?.string
            return next
        case "union", "intersection", "difference":
            let others = arguments.plain.compactMap { if case .query(let other) = $0 { other.tree } else { nil } }
            let kind: CompoundKind =
                name == "union"
                ? (arguments["all"]?.bool == true ? .unionAll : .union)
                : name == "intersection" ? .intersection : .difference
            return set.adding(.compound(kind, others))
        case "select_for_update":
            let (fails, skips) = (arguments["nowait"]?.bool ?? false, arguments["skip_locked"]?.bool ?? false)
            guard !(fails && skips) else {
                throw PyError("ValueError", "The nowait option cannot be used with skip_locked.")
            }
            let of = try await items(of: arguments["of"] ?? .list([]))?.compactMap(\.string) ?? []
            return set.adding(
                .lock(Lock(fails ? .fail : skips ? .skip : .wait, of: of, noKey: arguments["no_key"]?.bool ?? false)))
        case "dates", "datetimes":
            let isDescending = (arguments.get(2, "order")?.string ?? "ASC") == "DESC"
            var zone: String?
            if case .value(.text(let name))? = arguments["tzinfo"] { zone = name }
            let next = set.adding(
                .dates(
                    LookupPath(arguments[0]?.string ?? ""), unit: arguments[1]?.string ?? "",
                    isTime: name == "datetimes",
                    descending: isDescending, timeZone: zone))
            next.rows = .flat
            return next
        case "extra": return set.adding(.extra(try await extra(arguments)))
        default: return nil
        }
    }

    private func extra(_ arguments: Arguments) async throws -> Extra {
        var extra = Extra()
        var parameters = try await items(of: arguments["select_params"] ?? .list([])) ?? []
        if case .dict(let items)? = arguments["select"] {
            for (key, value) in items {
                let sql = value.string ?? ""
                let count = sql.components(separatedBy: "%s")
                extra.select.append((key.string ?? "", try raw(sql, Array(parameters.prefix(count)))))
                parameters = Array(parameters.dropFirst(count))
            }
        }
        var values = try await items(of: arguments["params"] ?? .list([])) ?? []
        for condition in try await items(of: arguments["where"] ?? .list([])) ?? [] {
            let sql = condition.string ?? ""
            let count = sql.components(separatedBy: "%s")
            extra.conditions.append([.sql("(")] + (try raw(sql, Array(values.prefix(count)))) + [.sql(")")])
            values = Array(values.dropFirst(count))
        }
        extra.tables = try await items(of: arguments["tables"] ?? .list([]))?.compactMap(\.string) ?? []
        extra.order = try await items(of: arguments["order_by"] ?? .list([]))?.compactMap(\.string) ?? []
        return extra
    }
}

extension String {
    /// How often a separator stands in the text.
    fileprivate func components(separatedBy separator: String) -> Int { ranges(of: separator).count }
}

extension QueryTree {
    var isSliced: Bool { steps.contains { if case .slice = $0 { true } else { false } } }

    /// Whether its rows have an order (`QuerySet.ordered`).
    func isOrdered(_ schema: Schema) -> Bool {
        var order: Bool? = nil
        var isGrouped = false
        var isValues = false
        for step in steps {
            switch step {
            case .order(let terms): order = terms.isEmpty ? false : true
            case .clearOrder, .compound: order = false
            case .dates: order = true
            case .extra(let extra): if !extra.order.isEmpty { order = true }
            case .none: order = order ?? true
            case .values: isValues = true
            case .annotate: if isValues { isGrouped = true }
            default: break
            }
        }
        return order ?? (!isGrouped && schema.model(model)?.ordering.isEmpty == false)
    }
}
