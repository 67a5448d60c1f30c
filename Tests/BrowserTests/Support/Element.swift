// SPDX-License-Identifier: Apache-2.0

import JSONTree
import NIOHTTP1

/// An element of a page; stale (each command throws) when the page has dropped it.
struct Element: Sendable {
    let browser: Browser
    let id: String

    /// The key under which WebDriver hands out references (W3C WebDriver §12.1).
    private static let key = "element-6066-11e4-a52e-4f735466cecf"

    init(browser: Browser, _ reference: JSON) throws {
        guard let id = reference[Self.key]?.string else {
            throw WebDriverError(code: "no such element", message: "not an element: \(reference)", command: "")
        }
        self.browser = browser
        self.id = id
    }

    /// The element as an argument of a script.
    var reference: JSON { [Self.key: .string(id)] }

    /// The text as rendered: hidden parts are left out.
    func text() async throws -> String {
        try await browser.command(on: self, .get("text")).string ?? ""
    }

    /// An attribute as written in the markup; nil without it.
    func attribute(_ name: String) async throws -> String? {
        try await browser.command(on: self, .get("attribute/\(name)")).string
    }

    /// A property of the object, such as `value` or `checked`.
    func property(_ name: String) async throws -> JSON {
        try await browser.command(on: self, .get("property/\(name)"))
    }

    /// The role for assistive technology: `button`, `textbox`, `heading`.
    func role() async throws -> String {
        try await browser.command(on: self, .get("computedrole")).string ?? ""
    }

    /// The accessible name: what a screen reader calls it.
    ///
    /// Without the white space around it, which Chromium 150 keeps and 156 does not.
    func name() async throws -> String {
        let label = try await browser.command(on: self, .get("computedlabel")).string ?? ""
        return label.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    func isDisplayed() async throws -> Bool {
        try await browser.command(on: self, .get("displayed")) == true
    }

    /// Scrolls to the element and clicks its centre; fails when another element covers it.
    func click() async throws {
        try await browser.command(on: self, .post("click"))
    }

    /// Types any Unicode text at the end of a field; ``Key`` has the keys that are no text.
    func type(_ text: String) async throws {
        var rest = text.unicodeScalars[...]
        while let first = rest.first {
            let run = rest.prefix { ($0.value > 0xFFFF) == (first.value > 0xFFFF) }
            rest = rest[run.endIndex...]
            if first.value > 0xFFFF {
                // Before Chromium 156 its driver refuses to type what lies outside the basic plane.
                try await browser.script(Self.focusAtEnd, [reference])
                try await browser.devTools("Input.insertText", ["text": .string(String(run))])
            } else {
                try await browser.command(on: self, .post("value", ["text": .string(String(run))]))
            }
        }
    }

    private static let focusAtEnd = """
        const field = arguments[0];
        field.focus();
        if (field.setSelectionRange) field.setSelectionRange(field.value.length, field.value.length);
        """

    /// Empties a field.
    func clear() async throws {
        try await browser.command(on: self, .post("clear"))
    }
}

/// The last part of a command about an element.
struct ElementCommand: Sendable {
    let method: HTTPMethod
    let path: String
    let parameters: JSON?

    static func get(_ path: String) -> Self { .init(method: .GET, path: path, parameters: nil) }
    static func post(_ path: String, _ parameters: JSON = [:]) -> Self {
        .init(method: .POST, path: path, parameters: parameters)
    }
}

/// Keys that are no text (W3C WebDriver §17.4.2).
enum Key {
    static let enter = "\u{E007}"
    static let tab = "\u{E004}"
    static let down = "\u{E015}"
    static let escape = "\u{E00C}"
    static let backspace = "\u{E003}"
    /// Held until ``release`` or the end of what is typed.
    static let shift = "\u{E008}"
    static let release = "\u{E000}"
}
