// SPDX-License-Identifier: Apache-2.0

import SluiceModels

extension Interpreter {
    func builtInFunction(_ name: String, _ arguments: Arguments) async throws -> Py {
        guard let value = try await pythonFunction(name, arguments) else { throw PyError("Unsupported", "\(name)()") }
        return value
    }

    /// Fields and values of `create(…)` and of `defaults={…}`.
    func assignments(_ named: [(name: String, value: Py)]) async throws -> [(name: String, value: Operand)] {
        var values: [(name: String, value: Operand)] = []
        for (name, value) in named { values.append((name, try await operand(value))) }
        return values
    }

    private func defaults(_ value: Py?) async throws -> [(name: String, value: Operand)] {
        guard case .dict(let items)? = value else { return [] }
        return try await assignments(items.map { ($0.key.string ?? "", $0.value) })
    }

    /// What a manager gives new objects by itself.
    private func own(_ manager: Manager) throws -> [(name: String, value: Py)] {
        if case .reverse(let instance, let reverse) = manager.kind {
            return [(reverse.field.name, .instance(instance))]
        }
        return []
    }

    // MARK: Managers

    func managerMethod(_ name: String, _ manager: Manager, _ arguments: Arguments) async throws -> Py? {
        switch name {
        case "create", "bulk_create", "get_or_create", "update_or_create":
            return try await creation(name, manager, arguments)
        case "using", "db_manager":
            var other = manager
            other.database = arguments[0]?.string
            return .manager(other)
        case "get_queryset": return .query(try querySet(manager))
        case "delete":
            throw PyError("AttributeError", "'Manager' object has no attribute 'delete'")
        case "raw":
            var translations: [String: String] = [:]
            if case .dict(let items)? = arguments["translations"] {
                for (key, value) in items { translations[key.string ?? ""] = value.string }
            }
            let values = try await items(of: arguments.get(1, "params") ?? .list([])) ?? []
            let found = try await store.raw(
                manager.model.label, try raw(arguments[0]?.string ?? "", values), translations: translations,
                database: manager.database)
            return .list(found.map { .instance(Instance($0)) })
        case "add", "remove", "clear", "set": return try await change(name, manager, arguments)
        case "all":
            if case .objects = manager.kind { return nil }
            return .query(try rememberedSet(manager))
        default: return nil
        }
    }

    /// The rows of a manager; those that were loaded with its object are remembered.
    func rememberedSet(_ manager: Manager) throws -> QuerySet {
        let set = try querySet(manager)
        switch manager.kind {
        case .many(let instance, _), .reverse(let instance, _):
            set.cache = instance.prefetched[manager.name].map { $0.map(Py.instance) }
        case .objects: break
        }
        return set
    }

    private func creation(_ name: String, _ manager: Manager, _ arguments: Arguments) async throws -> Py {
        let tree = try querySet(manager).tree
        switch name {
        case "create":
            let instance = try await make(manager.model, arguments.without("through_defaults") + (try own(manager)))
            instance.record.database = tree.database
            try await save(instance, .insert)
            if case .many(let owner, _) = manager.kind {
                try await store.add(
                    [instance.record.key], to: owner.record, manager.name,
                    defaults: try await defaults(arguments["through_defaults"]))
            }
            return .instance(instance)
        case "bulk_create":
            var instances: [Instance] = []
            for value in try await items(of: arguments.get(0, "objs") ?? .list([])) ?? [] {
                if case .instance(let instance) = value { instances.append(instance) }
            }
            let fields = try await items(of: arguments["update_fields"] ?? .list([]))?.compactMap(\.string)
            let unique = try await items(of: arguments["unique_fields"] ?? .list([]))?.compactMap(\.string) ?? []
            let made = try await store.insert(
                instances.map { instance in
                    var record = instance.record
                    record.database = tree.database
                    return record
                }, updating: arguments["update_conflicts"]?.bool == true ? fields : nil, unique: unique,
                ignoringConflicts: arguments["ignore_conflicts"]?.bool ?? false, batch: arguments["batch_size"]?.int)
            for (instance, record) in zip(instances, made) { instance.record = record }
            return .list(instances.map(Py.instance))
        default:
            let isUpdate = name == "update_or_create"
            let lookups = try await assignments(arguments.without("defaults", "create_defaults", "through_defaults"))
            let extra = try await defaults(
                arguments[isUpdate && arguments["create_defaults"] != nil ? "create_defaults" : "defaults"])
            let (record, created) = try await store.getOrCreate(
                tree, lookups, defaults: extra, assigning: try await assignments(try own(manager)))
            let instance = Instance(record)
            if created, case .many(let owner, _) = manager.kind {
                try await store.add(
                    [record.key], to: owner.record, manager.name,
                    defaults: try await defaults(arguments["through_defaults"]))
            }
            if isUpdate, !created, case .dict(let items)? = arguments["defaults"] {
                var names: [String] = []
                for (key, value) in items {
                    try await set(key.string ?? "", of: instance, to: value)
                    names.append(key.string ?? "")
                }
                names += record.model.fields.filter { $0.declaration.clock == .whenSaved }.map(\.name)
                try await save(instance, .automatic, fields: names)
            }
            return .tuple([.instance(instance), .value(.bool(created))])
        }
    }

    func save(_ instance: Instance, _ mode: SaveMode, fields: [String]? = nil) async throws {
        for (name, other) in instance.related {
            guard let field = instance.record.model.field(name), field.isReference, let other else { continue }
            // A related object may have got its key only after it was set here.
            if instance.record[field.attribute]?.isNull != false {
                guard !other.record.key.isNull else {
                    throw PyError(
                        "ValueError", "save() prohibited to prevent data loss due to unsaved related object '\(name)'.")
                }
                instance.record[field.attribute] = other.record[field.relation?.targetField ?? "pk"] ?? other.record.key
            }
        }
        try await store.save(&instance.record, mode, fields: fields, expressions: instance.expressions)
    }

    private func change(_ name: String, _ manager: Manager, _ arguments: Arguments) async throws -> Py? {
        switch manager.kind {
        case .objects: return nil
        case .many(let owner, let many):
            let through = try await defaults(arguments["through_defaults"])
            var objects = arguments.plain
            if name == "set" { objects = try await items(of: arguments.get(0, "objs") ?? .list([])) ?? [] }
            let keys = try objects.map { try key($0, many.target) }
            switch name {
            case "add": try await store.add(keys, to: owner.record, manager.name, defaults: through)
            case "remove": try await store.remove(keys, from: owner.record, manager.name)
            case "clear": try await store.clear(owner.record, manager.name)
            default:
                try await store.set(
                    keys, of: owner.record, manager.name, clearing: arguments["clear"]?.bool ?? false, defaults: through
                )
            }
            owner.prefetched[manager.name] = nil
            return Py.none
        case .reverse(let owner, let reverse):
            return try await change(name, manager, owner, reverse, arguments)
        }
    }

    private func key(_ value: Py, _ model: ModelSchema) throws -> Value {
        switch value {
        case .instance(let instance):
            guard instance.record.model.concrete == model.concrete else {
                throw PyError("TypeError", "'\(model.declaration.name)' instance expected")
            }
            guard !instance.record.key.isNull else { throw PyError("ValueError", "the object has no key yet") }
            return instance.record.key
        case .value(let value): return value
        default: throw PyError("TypeError", "'\(model.declaration.name)' instance expected")
        }
    }

    /// The manager of a reference's other side.
    private func change(
        _ name: String, _ manager: Manager, _ owner: Instance, _ reverse: ReverseRelation, _ arguments: Arguments
    ) async throws -> Py {
        let field = reverse.field
        let isBulk = arguments["bulk"]?.bool ?? true
        let ownKey = try storedKey(field, owner.record)
        if name == "remove" || name == "clear", !field.isNull {
            throw PyError("AttributeError", "'RelatedManager' object has no attribute '\(name)'")
        }
        let given = name == "set" ? try await items(of: arguments.get(0, "objs") ?? .list([])) ?? [] : arguments.plain
        let objects = try given.map { value -> Instance in
            guard case .instance(let instance) = value, instance.record.model.concrete == manager.model.concrete else {
                throw PyError("TypeError", "'\(manager.model.declaration.name)' instance expected")
            }
            return instance
        }
        let rows = try querySet(manager).tree
        func add(_ objects: [Instance]) async throws {
            if !isBulk {
                for object in objects {
                    object.record[field.attribute] = ownKey
                    try await save(object, .automatic)
                }
                return
            }
            if objects.contains(where: \.record.isNew) {
                throw PyError("ValueError", "instance isn't saved. Use bulk=False or save the object first.")
            }
            guard !objects.isEmpty else { return }
            for object in objects { object.record[field.attribute] = ownKey }
            var tree = QueryTree(manager.model.label)
            tree.database = rows.database
            _ = try await store.update(
                tree.filter(.lookup(LookupPath("pk__in"), .value(.list(objects.map(\.record.key))))),
                [(field.name, .value(ownKey))])
        }
        func remove(_ objects: [Instance]) async throws {
            guard objects.allSatisfy({ $0.record[field.attribute] == ownKey }) else {
                throw PyError("DoesNotExist", "the object is not related to this one.")
            }
            guard !objects.isEmpty else { return }
            try await clear(rows.filter(.lookup(LookupPath("pk__in"), .value(.list(objects.map(\.record.key))))))
            for object in objects { object.record[field.attribute] = .null }
        }
        func clear(_ tree: QueryTree) async throws {
            if isBulk {
                _ = try await store.update(tree, [(field.name, .value(.null))])
            } else {
                for record in try await store.fetch(tree) {
                    let instance = Instance(record)
                    instance.record[field.attribute] = .null
                    try await save(instance, .automatic, fields: [field.name])
                }
            }
        }
        switch name {
        case "add": try await add(objects)
        case "remove": try await remove(objects)
        case "clear": try await clear(rows)
        default:
            if !field.isNull {
                try await add(objects)
            } else if arguments["clear"]?.bool == true {
                try await clear(rows)
                try await add(objects)
            } else {
                let old = try await store.fetch(rows).map(Instance.init)
                let keys = Set(objects.map(\.record.key))
                try await remove(old.filter { !keys.contains($0.record.key) })
                let had = Set(old.map(\.record.key))
                try await add(objects.filter { !had.contains($0.record.key) })
            }
        }
        owner.prefetched[manager.name] = nil
        return .none
    }

    // MARK: Query sets

    func writingMethod(_ name: String, _ set: QuerySet, _ arguments: Arguments) async throws -> Py {
        switch name {
        case "update":
            if set.tree.isSliced { throw PyError("TypeError", "Cannot update a query once a slice has been taken.") }
            var values: [(name: String, to: Operand)] = []
            for (name, value) in arguments.named { values.append((name, try await operand(value))) }
            return .value(.int(Int64(try await store.update(set.tree, values))))
        case "delete": return report(try await store.delete(set.tree))
        case "bulk_update":
            guard let fields = try await items(of: arguments.get(1, "fields") ?? .list([]))?.compactMap(\.string) else {
                break
            }
            var records: [Record] = []
            for value in try await items(of: arguments.get(0, "objs") ?? .list([])) ?? [] {
                if case .instance(let instance) = value { records.append(instance.record) }
            }
            return .value(.int(Int64(try await store.update(records, fields: fields))))
        case "create", "get_or_create", "update_or_create", "bulk_create":
            let model = try schema.required(set.tree.model)
            return try await managerMethod(name, Manager(model: model, database: set.tree.database), arguments) ?? .none
        default: break
        }
        throw PyError("AttributeError", "'QuerySet' object has no attribute '\(name)'")
    }

    private func report(_ report: DeleteReport) -> Py {
        .tuple([
            .value(.int(Int64(report.total))),
            .dict(report.counts.map { (key: .value(.text($0.model)), value: .value(.int(Int64($0.count)))) }),
        ])
    }

    // MARK: Objects

    func instanceMethod(_ name: String, _ instance: Instance, _ arguments: Arguments) async throws -> Py {
        let model = instance.record.model
        switch name {
        case "save":
            let fields = try await items(of: arguments["update_fields"] ?? .none)?.compactMap(\.string)
            let mode: SaveMode =
                arguments["force_insert"]?.bool == true
                ? .insert : arguments["force_update"]?.bool == true ? .update : .automatic
            if let database = arguments["using"]?.string { instance.record.database = database }
            try await save(instance, mode, fields: fields)
            return .none
        case "delete":
            let result = try await store.delete(instance.record)
            for field in model.keyFields where !model.hasCompositeKey { instance.record[field.attribute] = .null }
            return report(result)
        case "refresh_from_db":
            let fields = try await items(of: arguments.get(1, "fields") ?? .none)?.compactMap(\.string)
            try await store.load(&instance.record, fields: fields)
            for name in fields ?? Array(instance.expressions.keys) { instance.expressions[name] = nil }
            if fields == nil {
                instance.related = [:]
                instance.prefetched = [:]
            }
            return .none
        case "get_deferred_fields": return .set(instance.record.deferred.map { .value(.text($0)) })
        case "full_clean", "clean_fields", "validate_unique", "validate_constraints":
            try await store.validate(instance.record)
            return .none
        default: break
        }
        if name.hasPrefix("get_"), name.hasSuffix("_display"),
            let field = model.field(String(name.dropFirst(4).dropLast(8)))
        {
            let value = instance.record[field.attribute] ?? .null
            return .value(.text(field.declaration.choices.first { $0.value == value }?.label ?? value.plainText))
        }
        let owner = try await attribute(name, of: .instance(instance))
        if case .manager = owner { return owner }
        throw PyError("AttributeError", "'\(model.declaration.name)' object has no attribute '\(name)'")
    }
}
