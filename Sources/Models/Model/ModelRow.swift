// SPDX-License-Identifier: Apache-2.0

/// A row that an object is being made of: its columns one after the other, and what was loaded with it.
public struct ModelRow {
    private enum Source {
        /// Straight from the driver.
        case reader(RowReader, [FieldKind?], ObjectShape, first: Int)
        /// From an object that was put together of several statements.
        case record(Record)
    }

    private let source: Source
    private let model: ModelSchema
    private let database: String?
    /// The models of relations that no property holds, by their paths.
    private let types: [String: any Model.Type]
    private let prefix: String
    private let kept: [String: any Sendable]
    private var position = 0

    init(
        _ reader: RowReader, _ kinds: [FieldKind?], _ shape: ObjectShape, database: String?,
        types: [String: any Model.Type], prefix: String
    ) {
        source = .reader(reader, kinds, shape, first: shape.columns.first?.column ?? 0)
        model = shape.model
        self.database = database
        self.types = types
        self.prefix = prefix
        kept = [:]
    }

    init(_ record: Record, types: [String: any Model.Type], prefix: String, loaded: [String: any Sendable] = [:]) {
        source = .record(record)
        model = record.model
        database = record.database == "default" ? nil : record.database
        self.types = types
        self.prefix = prefix
        kept = loaded
    }

    /// The next column.
    public mutating func next<V: ColumnValue>(_ type: V.Type = V.self) throws -> V {
        defer { position += 1 }
        do {
            switch source {
            case .reader(let reader, let kinds, _, let first):
                return try V.read(first + position, of: reader, kinds[first + position])
            case .record(let record): return try V(columnValue: record.values[position] ?? .null)
            }
        } catch let error as ModelError where error.code == .value {
            throw ModelError(.value, "\(model.label).\(model.fields[position].name): \(error.message)")
        }
    }

    /// The next column as a reference, with its object if that was loaded too.
    public mutating func next<Target: Model>(_ type: Ref<Target>.Type = Ref<Target>.self) throws -> Ref<Target> {
        let name = model.fields[position].name
        let key = try next(Target.Key.self)
        return Ref(id: key, loaded: try related(name, Target.self))
    }

    /// The next column as a reference that may be missing.
    public mutating func next<Target: Model>(_ type: Ref<Target>?.Type = Ref<Target>?.self) throws -> Ref<Target>? {
        let name = model.fields[position].name
        guard let key = try next(Target.Key?.self) else { return nil }
        return Ref(id: key, loaded: try related(name, Target.self))
    }

    private func related<Target: Model>(_ name: String, _ type: Target.Type) throws -> Target? {
        switch source {
        case .reader(let reader, let kinds, let shape, _):
            guard !shape.related.isEmpty, let other = shape.related.first(where: { $0.name == name })?.shape else {
                return nil
            }
            return try object(reader, kinds, other, name, type)
        case .record(let record):
            guard case .some(.some(let other)) = record.related[name] else { return nil }
            var row = ModelRow(other, types: types, prefix: prefix + name + "__")
            return try Target(row: &row)
        }
    }

    private func object<Target: Model>(
        _ reader: RowReader, _ kinds: [FieldKind?], _ shape: ObjectShape, _ name: String, _ type: Target.Type
    ) throws -> Target? {
        // A join that found nothing has no key.
        let keys = shape.model.keyFields.compactMap { key in shape.model.position(of: key.attribute) }
        let isMissing = keys.contains { key in
            shape.columns.first { $0.field == key }.map { reader.isNull($0.column) } ?? true
        }
        guard !isMissing else { return nil }
        var row = ModelRow(reader, kinds, shape, database: database, types: types, prefix: prefix + name + "__")
        return try Target(row: &row)
    }

    /// What is known beyond the columns.
    public func state() throws -> ModelState {
        var loaded = kept
        switch source {
        case .reader(let reader, let kinds, let shape, _):
            for (name, isReverse, other) in shape.related where isReverse {
                guard let type = types[prefix + name] else { continue }
                try keep(type, name, in: &loaded) { try object(reader, kinds, other, name, $0) }
            }
        case .record(let record):
            for (name, other) in record.related {
                guard let type = types[prefix + name] else { continue }
                try keep(type, name, in: &loaded) { type in try other.map { try self.make($0, name, type) } }
            }
            for (name, others) in record.prefetched {
                guard let type = types[prefix + name] else { continue }
                try keep(all: type, others, name, in: &loaded)
            }
        }
        return ModelState(database: database, loaded: loaded)
    }

    private func make<Target: Model>(_ record: Record, _ name: String, _ type: Target.Type) throws -> Target {
        var row = ModelRow(record, types: types, prefix: prefix + name + "__")
        return try Target(row: &row)
    }

    private func keep<Target: Model>(
        _ type: Target.Type, _ name: String, in loaded: inout [String: any Sendable],
        _ object: (any Model.Type) throws -> (any Model)?
    ) throws {
        loaded[name] = LoadedOne(object: try object(type) as? Target)
    }

    private func keep<Target: Model>(
        all type: Target.Type, _ records: [Record], _ name: String, in loaded: inout [String: any Sendable]
    ) throws {
        loaded[name] = try records.map { try make($0, name, type) }
    }
}

/// A single object that was looked for, which may not be there.
struct LoadedOne<Target: Model>: Sendable {
    let object: Target?
}

/// The columns of an object, one after the other.
public struct ModelEncoder {
    /// What was written so far.
    public private(set) var values: [Value] = []
    /// The objects that are referred to, as far as they are known to have rows; nil if nobody asks.
    var references: [(label: String, database: String?)]?

    /// Nothing yet.
    public init() {}

    /// The next column.
    public mutating func add(_ value: some ColumnValue) { values.append(value.columnValue) }
    /// The next column as a reference.
    public mutating func add<Target: Model>(_ reference: Ref<Target>) {
        if references != nil, let object = reference.loaded, !object.state.isNew {
            references?.append((Target.label, object.state.database))
        }
        values.append(reference.id.columnValue)
    }
    /// The next column as a reference that may be missing.
    public mutating func add<Target: Model>(_ reference: Ref<Target>?) {
        guard let reference else { return values.append(.null) }
        add(reference)
    }
}
