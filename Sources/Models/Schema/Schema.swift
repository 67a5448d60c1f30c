// SPDX-License-Identifier: Apache-2.0

/// All models of a program, linked: names resolved, the other directions of relations and tables in the middle added.
///
/// It is a value made once; both the typed models and the look-ups by text work on it.
public final class Schema: Sendable {
    /// All models, those that the schema added last.
    public let models: [ModelSchema]
    private let byLabel: [String: ModelID]

    /// Links declarations; throws `ModelError` with the code `.schema` for a name that leads nowhere.
    public init(_ declarations: [ModelDeclaration]) throws {
        var linker = try SchemaLinker(declarations)
        models = try linker.link()
        byLabel = linker.byLabel
    }

    /// A model by its position.
    public subscript(id: ModelID) -> ModelSchema { models[id.index] }

    /// A model by its label, `app.Name`; nil for an unknown one.
    public func model(_ label: String) -> ModelSchema? { byLabel[label].map { models[$0.index] } }

    /// A model by its label; throws `ModelError` with the code `.schema` for an unknown one.
    public func required(_ label: String) throws -> ModelSchema {
        guard let model = model(label) else { throw ModelError(.schema, "there is no model \(label)") }
        return model
    }

    /// The field that a reference stores.
    func target(of relation: RelationSchema) -> FieldSchema {
        let model = self[relation.target]
        return model.field(relation.targetField) ?? model.primaryKey
    }

    /// The model that a field stands in.
    func model(of field: FieldSchema) -> ModelSchema { self[field.model] }

    /// A reference of the table in the middle of a many-to-many relation.
    func throughField(_ name: String, of through: ThroughSchema) throws -> FieldSchema {
        guard let field = self[through.model].field(name) else {
            throw ModelError(.schema, "\(self[through.model].label) has no field \(name)")
        }
        return field
    }

    /// The references that lead from a model's table to the table of one of its parents.
    func parentLinks(from model: ModelSchema, to parent: ModelID) -> [FieldSchema] {
        var links: [FieldSchema] = []
        var current = self[model.concrete]
        while current.id != parent, let step = current.parents.first {
            links.append(step.link)
            current = self[step.model]
        }
        return links
    }
}
