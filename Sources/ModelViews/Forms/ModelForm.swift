// SPDX-License-Identifier: Apache-2.0

public import SluiceModels
public import SluiceWeb

/// A form made from a model's declaration (Django's `ModelForm`): labels, widgets and rules come from its fields.
///
/// ```swift
/// let form = ModelForm<Book>(fields: ["title", "author", "cover"])
/// ```
/// Only the fields that are named can be set, whatever a client sends. A reference is chosen among the rows of the other
/// model. Sets of references are not filled in by forms.
public struct ModelForm<Root: Model>: Sendable {
    /// Gives what may be chosen for a field.
    public typealias Options = @Sendable () async throws -> [Choice]
    /// The most rows of another model that are offered: 1,000. Of a larger table the key is typed.
    public static var optionLimit: Int { 1_000 }

    /// The names of the fields, in their order.
    public let fields: [String]
    /// Labels beside the declaration's own `verboseName`.
    public var labels: [String: String] = [:]
    /// Texts beside the declaration's own `helpText`.
    public var helpTexts: [String: String] = [:]
    /// What may be chosen for a field, beside its declared choices: for a reference values of the other row's key.
    public var options: [String: Options] = [:]
    /// The largest file, in bytes. Default 2.5 MiB.
    public var fileLimit = 2_621_440
    /// What the names of stored files begin with, by field. Default: the field's name.
    public var fileFolders: [String: String] = [:]

    /// A form with these fields; one that the model does not have is an error when the form is used.
    public init(fields: [String]) {
        self.fields = fields
    }

    /// The form to be filled in; with what an object has.
    ///
    /// - Throws: `ModelError`: `field` for a name that the model does not have, `unsupported` for a field that no form
    ///   fills in; what the database throws.
    public func unbound(_ object: Root? = nil) async throws -> BoundModelForm<Root> {
        try await make(object)
    }

    /// The form with what a client has sent, checked: fields, unique values, constraints.
    ///
    /// - Parameter object: what is to be changed; nil for a new one.
    /// - Throws: as ``unbound(_:)``.
    public func bind(_ form: Form, to object: Root? = nil) async throws -> BoundModelForm<Root> {
        var bound = try await make(object)
        try await bound.fill(form)
        return bound
    }

    private func make(_ object: Root?) async throws -> BoundModelForm<Root> {
        let store = RecordStore(try Databases.required())
        let model = try store.schema.required(Root.label)
        let record = try object?.record() ?? Record(model)
        var shown: [ModelFormField] = []
        for name in fields {
            guard let field = model.field(name), field.declaration.generated == nil, field.declaration.clock == nil
            else { throw ModelError(.field, "\(Root.label) has no field '\(name)' for a form") }
            let choices = try await choices(field, store)
            guard let widget = FormWidget(for: field, hasOptions: choices != nil) else {
                throw ModelError(.unsupported, "no form fills in \(Root.label).\(name)")
            }
            var entry = ModelFormField(
                field, widget: widget, label: labels[name], helpText: helpTexts[name], options: choices)
            entry.value = entry.shown(record[field.attribute])
            shown.append(entry)
        }
        return BoundModelForm(
            record: record, fields: shown, fileLimit: fileLimit, fileFolders: fileFolders, store: store)
    }

    /// - Returns: nil where anything may be written; where nothing may be chosen, an empty list.
    private func choices(_ field: FieldSchema, _ store: RecordStore) async throws -> [Choice]? {
        if let own = options[field.name] { return try await own() }
        if !field.declaration.choices.isEmpty { return field.declaration.choices }
        guard field.isReference, let relation = field.relation else { return nil }
        let target = store.schema[relation.target]
        let tree = QueryTree(target.label).adding(.slice(offset: 0, limit: Self.optionLimit + 1))
        let rows = try await store.fetch(tree)
        guard rows.count <= Self.optionLimit else { return nil }
        let named = target.fields.first { $0.kind.isText && !$0.isPrimaryKey }
        return rows.map { row in
            let value = row[relation.targetField] ?? .null
            return Choice(value, named.flatMap { row[$0.attribute]?.plainText } ?? value.plainText)
        }
    }
}
