// SPDX-License-Identifier: Apache-2.0

/// What a form has brought, in either encoding: `form["title"]`, `form.files["photo"]` (Django's `POST` and `FILES`).
public struct Form: Sendable {
    /// The fields that are no files.
    public internal(set) var data: FormFields
    /// The files.
    public internal(set) var files: UploadedFiles

    /// A form made by hand.
    public init(data: FormFields = FormFields(), files: UploadedFiles = UploadedFiles()) {
        self.data = data
        self.files = files
    }

    /// The last value of a field; `nil` when there is none.
    public subscript(name: String) -> String? { data[name] }

    /// All values of a field in order.
    public func all(_ name: String) -> [String] { data.all(name) }

    /// All fields in order.
    public var fields: [FormFields.Field] { data.fields }
}

/// The files of a form, in order. An input in which no file was chosen is not among them.
public struct UploadedFiles: Sendable {
    /// One field's name with its file.
    public struct Entry: Sendable {
        /// The field's name.
        public let field: String
        /// The file.
        public let file: UploadedFile
    }

    /// All files in order.
    public internal(set) var entries: [Entry] = []

    /// No files.
    public init() {}

    /// The last file of a field; `nil` when there is none.
    public subscript(field: String) -> UploadedFile? {
        entries.last { $0.field == field }?.file
    }

    /// All files of a field in order: of an input with `multiple`.
    public func all(_ field: String) -> [UploadedFile] {
        entries.lazy.filter { $0.field == field }.map(\.file)
    }

    /// Whether there are none.
    public var isEmpty: Bool { entries.isEmpty }
}
