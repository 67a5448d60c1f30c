// SPDX-License-Identifier: Apache-2.0

extension Databases {
    /// Whether an object may refer to one of another database: what the first router says that minds, else only if both
    /// are in the same one.
    ///
    /// - Parameters:
    ///   - first: the databases that they came from or go to; nil for the main one.
    public func allowsRelation(
        _ first: ModelSchema, in firstDatabase: String?, _ second: ModelSchema, in secondDatabase: String?
    ) -> Bool {
        routersAllowRelation(first, second)
            ?? ((firstDatabase ?? main.name) == (secondDatabase ?? main.name))
    }

    /// Throws `ModelError` with the code `.value` unless the relation is allowed.
    func checkRelation(
        _ first: ModelSchema, in firstDatabase: String?, _ second: ModelSchema, in secondDatabase: String?
    ) throws {
        guard !allowsRelation(first, in: firstDatabase, second, in: secondDatabase) else { return }
        throw ModelError(
            .value,
            "an object of \(first.label) in the database '\(firstDatabase ?? main.name)' cannot refer to one of "
                + "\(second.label) in '\(secondDatabase ?? main.name)': no router allows it")
    }
}

extension Model {
    /// Asks whether the object may refer to the objects that its references hold. With one database, and no router, there
    /// is nothing to ask.
    func checkRelations(of record: Record, in store: RecordStore) throws {
        let databases = store.databases
        guard databases.hasPlaces else { return }
        var encoder = ModelEncoder()
        encoder.references = []
        encode(to: &encoder)
        guard let references = encoder.references, !references.isEmpty else { return }
        let place = try store.writing(record).name
        for reference in references {
            try databases.checkRelation(
                record.model, in: place, try store.schema.required(reference.label), in: reference.database)
        }
    }
}

extension RelationOwner {
    /// Asks whether objects may be linked with this one.
    func checkRelations<Target: Model>(with objects: [Target]) throws {
        let databases = try Databases.required()
        guard databases.hasPlaces else { return }
        let schema = databases.main.schema
        let (own, other) = (try schema.required(label), try schema.required(Target.label))
        for object in objects where !object.state.isNew {
            try databases.checkRelation(own, in: database, other, in: object.state.database)
        }
    }
}
