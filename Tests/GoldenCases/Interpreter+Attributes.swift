// SPDX-License-Identifier: Apache-2.0

import SluiceModels

extension Interpreter {
    func attribute(_ name: String, of owner: Py) async throws -> Py {
        switch owner {
        case .instance(let instance): return try await attribute(name, of: instance)
        case .model(let model): return try attribute(name, of: model)
        case .manager(let manager):
            switch name {
            case "through": if case .many(_, let many) = manager.kind { return .model(many.through) }
            case "model": return .model(manager.model)
            default: break
            }
            let methods: Set<String> = ["add", "set", "create", "get_or_create", "update_or_create", "all", "filter"]
            if methods.contains(name) { return .member(Py.Box(owner), name) }
            if name == "remove" || name == "clear" {
                if case .reverse(_, let reverse) = manager.kind, !reverse.field.isNull { break }
                if case .objects = manager.kind { break }
                return .member(Py.Box(owner), name)
            }
            return try await attribute(name, of: .query(try querySet(manager)))
        case .query(let set):
            switch name {
            case "ordered": return .value(.bool(set.isNone || set.tree.isOrdered(schema)))
            case "db":
                return .value(
                    .text(
                        try store.databases.reading(try schema.required(set.tree.model), named: set.tree.database).name)
                )
            case "query": return .member(Py.Box(owner), "query")
            case "model": return .model(try schema.required(set.tree.model))
            default: break
            }
        case .member(let inner, "query"):
            guard case .query(let set) = inner.value, name == "order_by" else { break }
            for step in set.tree.steps.reversed() {
                if case .order(let terms) = step {
                    return .tuple(
                        terms.map { term in
                            if case .path(let path)? = term.expression {
                                .value(.text((term.isDescending ? "-" : "") + path.text))
                            } else {
                                .value("?")
                            }
                        })
                }
            }
            return .tuple([])
        case .member(let inner, "meta"):
            guard case .model(let model) = inner.value else { break }
            switch name {
            case "db_table": return .value(.text(model.table))
            case "model_name": return .value(.text(model.declaration.name.lowercased()))
            case "object_name": return .value(.text(model.declaration.name))
            case "app_label": return .value(.text(model.declaration.app))
            case "label": return .value(.text(model.label))
            case "pk": return .dict([(.value("name"), .value(.text(model.primaryKey.name)))])
            default: break
            }
        case .member(let inner, "_state"):
            guard case .instance(let instance) = inner.value else { break }
            if name == "db" { return instance.record.database.map { .value(.text($0)) } ?? .none }
            if name == "adding" { return .value(.bool(instance.record.isNew)) }
        case .dict(let items): if let value = items.first(where: { $0.key.string == name })?.value { return value }
        case .value(.text(let text)) where name == "name": return .value(.text(text))
        case .value(.timestamp(let time)):
            let (year, month, day) = time.day.parts
            let parts = [
                "year": year, "month": month, "day": day, "hour": time.time.parts.hour,
                "minute": time.time.parts.minute,
            ]
            if let part = parts[name] { return .value(.int(Int64(part))) }
        case .value(.day(let value)):
            let (year, month, day) = value.parts
            if let part = ["year": year, "month": month, "day": day][name] { return .value(.int(Int64(part))) }
        case .global(let module):
            if name == "__name__" { return .value(.text(module)) }
            if module.hasPrefix("module:"), let model = schema.model("\(module.dropFirst(7)).\(name)") {
                return .model(model)
            }
            return .global(name)
        default: break
        }
        throw PyError("AttributeError", "there is no \(name)")
    }

    private func attribute(_ name: String, of model: ModelSchema) throws -> Py {
        switch name {
        case "objects", "_default_manager": return .manager(Manager(model: model))
        case "_meta": return .member(Py.Box(.model(model)), "meta")
        case "__name__": return .value(.text(model.declaration.name))
        default: break
        }
        if let many = model.manyRelation(name, schema) {
            return .manager(Manager(model: many.target, kind: .many(Instance(Record(model)), many)))
        }
        throw PyError("AttributeError", "type object '\(model.declaration.name)' has no attribute '\(name)'")
    }

    private func attribute(_ name: String, of instance: Instance) async throws -> Py {
        let record = instance.record
        let model = record.model
        switch name {
        case "pk": return unpacked(record.key)
        case "_state": return .member(Py.Box(.instance(instance)), "_state")
        case "_meta": return .member(Py.Box(.model(model)), "meta")
        default: break
        }
        if let expression = instance.expressions[name] { return .expression(expression) }
        if let value = record.annotations[name] { return unpacked(value) }
        if let others = instance.prefetched[name], model.field(name) == nil, model.reverse(name) == nil {
            return .list(others.map(Py.instance))
        }
        if let field = model.field(name) {
            if field.isReference, name == field.name { return try await reference(field, of: instance) }
            if field.isManyToMany { return try manager(name, of: instance) }
            if case .composite = field.kind { return unpacked(record.key) }
            if let value = record[name] { return unpacked(value) }
            if record.isNew { return .none }
            try await store.load(&instance.record, fields: [field.attribute])
            return unpacked(instance.record[name] ?? .null)
        }
        if let reverse = model.reverse(name) {
            return reverse.isMultiple ? try manager(name, of: instance) : try await single(reverse, of: instance)
        }
        throw PyError("AttributeError", "'\(model.declaration.name)' object has no attribute '\(name)'")
    }

    /// The manager of a relation to many; rows that were loaded with the object are its answer.
    private func manager(_ name: String, of instance: Instance) throws -> Py {
        let model = instance.record.model
        if let many = model.manyRelation(name, schema) {
            let manager = Manager(model: many.target, kind: .many(instance, many), name: name)
            if instance.record.key.isNull { _ = try querySet(manager) }
            return .manager(manager)
        }
        guard let reverse = model.reverse(name) else { throw PyError("AttributeError", name) }
        return .manager(Manager(model: schema[reverse.field.model], kind: .reverse(instance, reverse), name: name))
    }

    /// The object that a reference leads to, asked for once.
    private func reference(_ field: FieldSchema, of instance: Instance) async throws -> Py {
        if let known = instance.related[field.name] { return known.map(Py.instance) ?? .none }
        if instance.record[field.attribute] == nil, !instance.record.isNew {
            try await store.load(&instance.record, fields: [field.attribute])
        }
        let key = instance.record[field.attribute] ?? .null
        guard !key.isNull, let relation = field.relation else {
            if !field.isNull {
                throw PyError(
                    "RelatedObjectDoesNotExist", "\(instance.record.model.declaration.name) has no \(field.name).")
            }
            return .none
        }
        if relation.declaration.isParentLink, let parent = store.parent(of: instance.record, relation) {
            let other = Instance(parent)
            instance.related.updateValue(other, forKey: field.name)
            return .instance(other)
        }
        var tree = QueryTree(schema[relation.target].label)
        tree.database = instance.record.database == "default" ? nil : instance.record.database
        let found = try await store.get(
            tree.filter(.compare(LookupPath([relation.targetField]), transforms: [], "exact", .value(key))))
        let other = Instance(found)
        instance.related.updateValue(other, forKey: field.name)
        return .instance(other)
    }

    /// The only object on the other side of a one-to-one relation.
    private func single(_ reverse: ReverseRelation, of instance: Instance) async throws -> Py {
        let name = reverse.name ?? reverse.queryName
        let missing = PyError("RelatedObjectDoesNotExist", "\(instance.record.model.declaration.name) has no \(name).")
        if let known = instance.related[name] {
            guard let other = known else { throw missing }
            return .instance(other)
        }
        guard !instance.record.key.isNull else { throw missing }
        var tree = QueryTree(schema[reverse.field.model].label)
        tree.database = instance.record.database == "default" ? nil : instance.record.database
        let key = try storedKey(reverse.field, instance.record)
        do {
            let other = Instance(
                try await store.get(
                    tree.filter(.compare(LookupPath([reverse.field.name]), transforms: [], "exact", .value(key)))))
            instance.related.updateValue(other, forKey: name)
            other.related.updateValue(instance, forKey: reverse.field.name)
            return .instance(other)
        } catch let error as ModelError where error.code == .notFound {
            instance.related.updateValue(nil, forKey: name)
            throw missing
        }
    }

    // MARK: New objects and assignments

    func make(_ model: ModelSchema, _ named: [(name: String, value: Py)]) async throws -> Instance {
        let instance = Instance(Record(model))
        for (name, value) in named {
            guard model.field(name) != nil else {
                throw PyError("TypeError", "\(model.declaration.name)() got unexpected keyword arguments: '\(name)'")
            }
            try await set(name, of: instance, to: value)
        }
        return instance
    }

    func set(_ name: String, of instance: Instance, to value: Py) async throws {
        let model = instance.record.model
        if let field = model.field(name) {
            if field.isReference, name == field.name {
                switch value {
                case .instance(let other):
                    instance.record[field.attribute] =
                        other.record[field.relation?.targetField ?? "pk"] ?? other.record.key
                    instance.related.updateValue(other, forKey: name)
                case .value(.null):
                    instance.record[field.attribute] = .null
                    instance.related.updateValue(nil, forKey: name)
                default: throw PyError("ValueError", "Cannot assign: must be a \"\(field.name)\" instance.")
                }
                return
            }
            switch value {
            case .expression, .named, .predicate: instance.expressions[field.attribute] = try expression(value)
            case .value(let value):
                instance.expressions[field.attribute] = nil
                if case .composite = field.kind, case .list(let parts) = value {
                    for (part, value) in zip(model.keyFields, parts) { instance.record[part.attribute] = value }
                } else {
                    instance.record[field.attribute] = value
                }
            case .dict, .list, .tuple: instance.record[field.attribute] = .json(try json(value))
            default: throw PyError("TypeError", "cannot assign to \(name)")
            }
            if field.isReference { instance.related[field.name] = nil }
            return
        }
        if let reverse = model.reverse(name), !reverse.isMultiple, case .instance(let other) = value {
            instance.related.updateValue(other, forKey: name)
            other.record[reverse.field.attribute] = try storedKey(reverse.field, instance.record)
            other.related.updateValue(instance, forKey: reverse.field.name)
            return
        }
        if case .value(let plain) = value {
            instance.record.annotations[name] = plain
        } else {
            throw PyError("AttributeError", "cannot set \(name)")
        }
    }
}
