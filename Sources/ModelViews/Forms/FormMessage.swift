// SPDX-License-Identifier: Apache-2.0

public import SluiceWeb

/// What is wrong with a field, or with a form as a whole (Django's `ValidationError`).
public struct FormMessage: Sendable, Hashable, CustomStringConvertible {
    /// A short machine-readable reason: `required`, `invalid`, `invalid_choice`, `too_large`, `null_characters`, `unique`,
    /// `model`.
    public let code: String
    /// What people read, in English.
    public let description: String

    /// A message of an application's own.
    public init(_ code: String, _ description: String) {
        self.code = code
        self.description = description
    }

    /// The text `form.CODE` of the site's language, or the English one. Of `model` the English one always: the data layer
    /// says what it is about.
    public func text(for request: Request) -> String {
        let key = "form.\(code)"
        let text = request.text(key)
        return text == key || code == "model" ? description : text
    }

    static let required = FormMessage("required", "This field is required.")
    static let nullCharacters = FormMessage("null_characters", "Null characters are not allowed.")
    static let invalidChoice = FormMessage(
        "invalid_choice", "Select a valid choice. That choice is not one of the available choices.")
    static let unique = FormMessage("unique", "Something like this exists already.")
    static func invalid(_ description: String) -> FormMessage { FormMessage("invalid", description) }
    static func tooLarge(_ limit: Int) -> FormMessage {
        FormMessage("too_large", "The file is larger than \(limit >> 10) KiB.")
    }
}
