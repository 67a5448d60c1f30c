// SPDX-License-Identifier: Apache-2.0

import SluiceModels

extension ModelFormField {
    /// What a text from a form means for the column.
    enum Reading {
        case value(Value)
        /// Nothing was filled in, and need not be.
        case empty
        case wrong(FormMessage)
    }

    /// Reads what was typed, as Django's form fields do: texts without white space around them, nothing for empty ones.
    ///
    /// - Parameter text: nil when the form has no such field, as for a box that is not checked.
    func read(_ text: String?) -> Reading {
        if field.kind == .boolean, options == nil { return .value(.bool(Self.isChecked(text))) }
        let text = (text ?? "").replacing("\r\n", with: "\n")
        guard !text.utf8.contains(0) else { return .wrong(.nullCharacters) }
        let trimmed = Self.trimmed(text)
        guard !trimmed.isEmpty else { return isRequired ? .wrong(.required) : .empty }
        if let options {
            guard let option = options.first(where: { $0.value.plainText == trimmed }) else {
                return .wrong(.invalidChoice)
            }
            return .value(option.value)
        }
        return parse(trimmed)
    }

    private func parse(_ text: String) -> Reading {
        switch field.kind {
        case .smallInteger, .integer, .bigInteger, .positiveSmallInteger, .positiveInteger, .positiveBigInteger:
            return Int64(text).map { .value(.int($0)) } ?? .wrong(.invalid("Enter a whole number."))
        case .float:
            guard let number = Double(text), number.isFinite else { return .wrong(.invalid("Enter a number.")) }
            return .value(.double(number))
        case .url:
            let isAddress = ["http://", "https://"].contains {
                text.lowercased().hasPrefix($0) && text.count > $0.count
            }
            guard isAddress, !text.contains(where: \.isWhitespace) else {
                return .wrong(.invalid("Enter a valid URL."))
            }
            return .value(.text(text))
        case .slug:
            let isSlug = text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
            return isSlug
                ? .value(.text(text))
                : .wrong(.invalid("Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."))
        default:
            guard let value = try? Value.text(text).prepared(for: field.kind) else {
                return .wrong(.invalid("Enter a valid value."))
            }
            return .value(value)
        }
    }

    private static func isChecked(_ text: String?) -> Bool {
        text.map { !["", "False", "false", "0", "off"].contains($0) } ?? false
    }

    private static func trimmed(_ text: String) -> String {
        let end = text.lastIndex { !$0.isWhitespace }
        guard let start = text.firstIndex(where: { !$0.isWhitespace }), let end else { return "" }
        return String(text[start...end])
    }

    /// How a value is shown to be changed.
    func shown(_ value: Value?) -> String {
        guard let value else { return "" }
        guard case .timestamp = value else { return value.plainText }
        // What `datetime-local` takes: no zone, and no more than seconds.
        return String(value.plainText.prefix(19)).replacing(" ", with: "T")
    }
}
