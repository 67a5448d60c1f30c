// SPDX-License-Identifier: Apache-2.0

extension RecordStore {
    /// Links objects of the other side of a many-to-many relation; those that are linked stay as they are.
    public func add(
        _ keys: [Value], to record: Record, _ name: String, defaults: [(name: String, value: Operand)] = []
    ) async throws {
        let many = try relation(name, of: record)
        var seen: Set<Value> = []
        var new = try keys.map { try $0.prepared(for: many.targetKey.kind) }.filter { seen.insert($0).inserted }
        guard !new.isEmpty else { return }
        let own = record[many.ownKey.attribute] ?? .null
        if !many.isAutomatic {
            let (_, rows) = try await values(
                try links(many, own, record, new).adding(.values([.path(LookupPath([many.toTarget.attribute]))])))
            let linked = Set(rows.map { $0[0] })
            new = new.filter { !linked.contains($0) }
            guard !new.isEmpty else { return }
        }
        let made = try new.map { key in
            var link = Record(many.through)
            link.database = try place(of: many, record)
            for (name, value) in defaults { try assign(name, value, to: &link) }
            link[many.toOwn.attribute] = own
            link[many.toTarget.attribute] = key
            return link
        }
        _ = try await insert(made, ignoringConflicts: many.isAutomatic)
    }

    /// Unlinks objects of the other side; those that were not linked do not matter.
    public func remove(_ keys: [Value], from record: Record, _ name: String) async throws {
        guard !keys.isEmpty else { return }
        let many = try relation(name, of: record)
        _ = try await delete(try links(many, record[many.ownKey.attribute] ?? .null, record, keys))
    }

    /// Unlinks all.
    public func clear(_ record: Record, _ name: String) async throws {
        let many = try relation(name, of: record)
        _ = try await delete(try links(many, record[many.ownKey.attribute] ?? .null, record, nil))
    }

    /// Makes the linked objects exactly these.
    public func set(
        _ keys: [Value], of record: Record, _ name: String, clearing: Bool = false,
        defaults: [(name: String, value: Operand)] = []
    ) async throws {
        let many = try relation(name, of: record)
        let database = try databases.named(place(of: many, record))
        let keys = try keys.map { try $0.prepared(for: many.targetKey.kind) }
        try await database.transaction {
            if clearing {
                try await clear(record, name)
                try await add(keys, to: record, name, defaults: defaults)
                return
            }
            let own = record[many.ownKey.attribute] ?? .null
            let (_, rows) = try await values(
                try links(many, own, record, nil).adding(.values([.path(LookupPath([many.toTarget.attribute]))])))
            let old = Set(rows.map { $0[0] })
            try await remove(Array(old.subtracting(keys)), from: record, name)
            try await add(keys.filter { !old.contains($0) }, to: record, name, defaults: defaults)
        }
    }

    private func relation(_ name: String, of record: Record) throws -> ManyRelation {
        guard let many = record.model.manyRelation(name, schema) else {
            throw ModelError(.attribute, "\(record.model.label) has no relation \(name)")
        }
        guard !record.key.isNull else {
            throw ModelError(.value, "an object needs a key before its relation \(name) can be used.")
        }
        return many
    }

    /// The database in which the links of an object are written, and therefore looked for.
    private func place(of many: ManyRelation, _ record: Record) throws -> String {
        try databases.writing(many.through, hint: record.database).name
    }

    private func links(_ many: ManyRelation, _ own: Value, _ record: Record, _ keys: [Value]?) throws -> QueryTree {
        var parts: [QueryPredicate] = [.compare(LookupPath([many.toOwn.name]), transforms: [], "exact", .value(own))]
        if let keys {
            parts.append(.compare(LookupPath([many.toTarget.name]), transforms: [], "in", .value(.list(keys))))
        }
        var tree = QueryTree(many.through.label).filter(.and(parts))
        tree.database = try place(of: many, record)
        return tree
    }
}
