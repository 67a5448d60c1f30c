// SPDX-License-Identifier: Apache-2.0

public import SluiceModels
import SluiceWeb

/// One field of a form that was made from a model, with what was typed and what is wrong with it (Django's `BoundField`).
public struct ModelFormField: Sendable {
    /// The name in the form and in the model.
    public let name: String
    /// What people read beside it.
    public let label: String
    /// What people are told about it.
    public let helpText: String
    /// What it is filled in with.
    public let widget: FormWidget
    /// Whether it must be filled in.
    public let isRequired: Bool
    /// What may be chosen; nil where anything may be written.
    public let options: [Choice]?
    /// The longest text in Unicode scalars; nil for no limit of its own.
    public let maxLength: Int?
    /// HTML's `step` of a number; nil for whole ones.
    public let step: String?
    /// What was typed, or what the object has.
    public internal(set) var value: String
    /// What is wrong with it.
    public internal(set) var errors: [FormMessage] = []
    let field: FieldSchema

    init(_ field: FieldSchema, widget: FormWidget, label: String?, helpText: String?, options: [Choice]?) {
        self.field = field
        self.widget = widget
        self.options = options
        name = field.name
        self.label = label ?? field.declaration.verboseName.map(Self.capitalized) ?? Self.words(field.name)
        self.helpText = helpText ?? field.declaration.helpText
        isRequired = !field.declaration.isBlank && field.kind != .boolean
        maxLength = field.kind.maxLength
        step =
            switch field.kind {
            case .float: "any"
            case .decimal(_, let places): places > 0 ? "0." + String(repeating: "0", count: places - 1) + "1" : "1"
            default: nil
            }
        value = ""
    }

    /// Whether a checkbox is set.
    public var isChecked: Bool { widget == .checkbox && ["True", "true", "on", "1"].contains(value) }

    /// What a template needs, under these names: `name`, `id`, `label`, `help_text`, `value`, `required`, `errors`,
    /// `options` (each with `value`, `label` and `selected`), `max_length`, `step`, and one of `is_input` (with `type`),
    /// `is_textarea`, `is_select`, `is_checkbox` and `is_file`.
    func templateValues(for request: Request) -> [String: any Sendable] {
        var values: [String: any Sendable] = [
            "name": name, "id": "id_" + name, "label": label, "value": value, "type": widget.rawValue,
            "required": isRequired, "has_errors": !errors.isEmpty, "errors": errors.map { $0.text(for: request) },
            "checked": isChecked, "is_file": widget == .file, "is_select": widget == .select,
            "is_textarea": widget == .textarea, "is_checkbox": widget == .checkbox,
            "is_input": ![.file, .select, .textarea, .checkbox].contains(widget),
        ]
        if !helpText.isEmpty { values["help_text"] = helpText }
        values["max_length"] = maxLength
        values["step"] = step
        if widget == .select {
            let empty: [[String: any Sendable]] =
                isRequired && !value.isEmpty ? [] : [["value": "", "label": "---------", "selected": value.isEmpty]]
            values["options"] =
                empty
                + (options ?? []).map { option -> [String: any Sendable] in
                    let text = option.value.plainText
                    return ["value": text, "label": option.label, "selected": text == value]
                }
        }
        return values
    }

    /// `isDone` and `is_done` become `Is done`.
    private static func words(_ name: String) -> String {
        var text = ""
        for character in name {
            if character == "_" {
                text.append(" ")
            } else if character.isUppercase, let last = text.last, last.isLowercase {
                text += " " + character.lowercased()
            } else {
                text.append(character)
            }
        }
        return capitalized(text)
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
