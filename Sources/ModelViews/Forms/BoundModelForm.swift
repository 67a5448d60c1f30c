// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceModels
public import SluiceWeb

/// A form of a model with its values: to be shown, or, when it is valid, to be saved.
public struct BoundModelForm<Root: Model>: Sendable {
    /// The fields in their order.
    public private(set) var fields: [ModelFormField]
    /// What is wrong with the form as a whole (Django's `non_field_errors`).
    public private(set) var errors: [FormMessage] = []
    /// Whether a client has filled it in.
    public private(set) var isBound = false

    private var record: Record
    private var uploads: [(position: Int, file: UploadedFile)] = []
    private let fileLimit: Int
    private let fileFolders: [String: String]
    private let store: RecordStore

    init(record: Record, fields: [ModelFormField], fileLimit: Int, fileFolders: [String: String], store: RecordStore) {
        self.record = record
        self.fields = fields
        self.fileLimit = fileLimit
        self.fileFolders = fileFolders
        self.store = store
    }

    /// Whether it was filled in, and nothing is wrong.
    public var isValid: Bool { isBound && errors.isEmpty && fields.allSatisfy(\.errors.isEmpty) }

    /// Whether it has to be sent as `multipart/form-data`.
    public var isMultipart: Bool { fields.contains { $0.widget == .file } }

    /// A field by its name.
    public subscript(name: String) -> ModelFormField? { fields.first { $0.name == name } }

    /// Says that something is wrong (Django's `add_error`).
    ///
    /// - Parameter name: of a field; nil for the form as a whole, and so for a name that it does not have.
    public mutating func addError(_ message: FormMessage, to name: String? = nil) {
        if let position = fields.firstIndex(where: { $0.name == name }) {
            fields[position].errors.append(message)
        } else {
            errors.append(message)
        }
    }

    // MARK: Reading

    mutating func fill(_ form: Form) async throws {
        isBound = true
        for position in fields.indices {
            if fields[position].widget == .file {
                fillFile(position, form)
            } else {
                fillValue(position, form[fields[position].name])
            }
        }
        try await checkReferences()
        let failed = Set(fields.filter { !$0.errors.isEmpty }.map(\.name))
        let own = Set(fields.map(\.name))
        for (name, message) in try await store.validationErrors(of: checked).messages {
            // What no field of the form can change, its user cannot put right.
            guard name == "__all__" || own.contains(name) && !failed.contains(name) else { continue }
            addError(FormMessage("model", message), to: name)
        }
    }

    private mutating func fillValue(_ position: Int, _ text: String?) {
        let entry = fields[position]
        // Twice as many as fit are shown again, no more: the page goes back to who sent them.
        fields[position].value = String((text ?? "").prefix(2 * (entry.maxLength ?? 500_000)))
        switch entry.read(text) {
        case .value(let value): record[entry.field.attribute] = value
        case .wrong(let message): fields[position].errors.append(message)
        case .empty:
            if entry.field.isNull {
                record[entry.field.attribute] = .null
            } else if entry.field.kind.isText {
                record[entry.field.attribute] = .text("")
            } else if let value = entry.field.declaration.defaultValue {
                record[entry.field.attribute] = value.make()
            }
        }
    }

    private mutating func fillFile(_ position: Int, _ form: Form) {
        let entry = fields[position]
        guard let file = form.files[entry.name] else {
            if form[entry.name + "-clear"] != nil, !entry.isRequired {
                fields[position].value = ""
                record[entry.field.attribute] = entry.field.isNull ? .null : .text("")
            } else if entry.isRequired, entry.value.isEmpty {
                fields[position].errors.append(.required)
            }
            return
        }
        if file.size > fileLimit {
            fields[position].errors.append(.tooLarge(fileLimit))
        } else {
            uploads.append((position, file))
        }
    }

    /// Rows that were named by their keys must be there.
    private mutating func checkReferences() async throws {
        for position in fields.indices where fields[position].field.isReference && fields[position].options == nil {
            let entry = fields[position]
            guard entry.errors.isEmpty, let relation = entry.field.relation,
                let value = record[entry.field.attribute], !value.isNull
            else { continue }
            let tree = QueryTree(store.schema[relation.target].label).filter(
                .compare(LookupPath([relation.targetField]), transforms: [], "exact", .value(value)))
            if try await !store.exists(tree) { fields[position].errors.append(.invalidChoice) }
        }
    }

    /// The object with stand-ins for the names of files that are not stored yet.
    private var checked: Record {
        var record = record
        for (position, _) in uploads { record[fields[position].field.attribute] = .text("file") }
        return record
    }

    // MARK: Saving

    /// Writes the object: its files first, which go again when its row cannot be written. Of an object that was there only
    /// the form's fields are changed.
    ///
    /// - Returns: the object; nil when somebody else has written something meanwhile that it collides with, which is then
    ///   among the ``errors``.
    /// - Throws: ``SluiceWeb/HTTPError`` 500 `invalid_form` when the form is not valid, `no_media_storage` for a file without
    ///   a storage; what the storage and the database throw.
    public mutating func save(in storage: MediaStorage? = nil) async throws -> Root? {
        guard isValid else {
            throw HTTPError(.internalServerError, code: "invalid_form", "a form that is not valid cannot be saved")
        }
        var saved = record
        var stored: [String] = []
        do {
            for (position, file) in uploads {
                guard let storage else {
                    throw HTTPError(
                        .internalServerError, code: "no_media_storage",
                        "a file came, and there is no storage: set state[MediaStorage.self] at start")
                }
                let entry = fields[position]
                let name = try await storage.save(
                    file, under: fileFolders[entry.name] ?? entry.name,
                    nameLimit: entry.maxLength ?? MediaStorage.defaultNameLimit)
                stored.append(name)
                saved[entry.field.attribute] = .text(name)
            }
            if saved.isNew {
                try await store.save(&saved, .insert)
            } else {
                let names = saved.model.fields.filter { field in
                    field.declaration.clock == .whenSaved || fields.contains { $0.name == field.name }
                }
                try await store.save(&saved, .update, fields: names.map(\.attribute))
            }
        } catch {
            for name in stored { try? await storage?.delete(name) }
            guard let error = error as? ModelError, error.code == .integrity else { throw error }
            errors.append(.unique)
            return nil
        }
        record = saved
        return try Root(saved)
    }

    // MARK: Showing

    /// What a template needs: `fields`, `errors`, `is_multipart`; see ``ModelFormField``. The framework's `pages/form.html`
    /// shows it.
    public func templateValues(for request: Request) -> [String: any Sendable] {
        [
            "fields": fields.map { $0.templateValues(for: request) }, "errors": errors.map { $0.text(for: request) },
            "is_multipart": isMultipart, "is_invalid": isBound && !isValid,
        ]
    }
}
