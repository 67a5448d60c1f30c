// SPDX-License-Identifier: Apache-2.0

/// How a user, or the author of the page, would point at an element.
enum Locator: Sendable, CustomStringConvertible {
    case css(String)
    /// By role and accessible name, as assistive technology sees the page.
    case role(String, name: String)

    var description: String {
        switch self {
        case .css(let selector): selector
        case .role(let role, let name): "\(role) “\(name)”"
        }
    }

    /// The elements that may have a role. Asking the browser for role and name costs two requests an element, so only
    /// those that have the role by themselves or by attribute are asked.
    static func candidates(forRole role: String) -> String {
        let native: [String: String] = [
            "button": "button, summary, input[type=button], input[type=submit], input[type=reset]",
            "checkbox": "input[type=checkbox]",
            "combobox": "select, input[list]",
            "dialog": "dialog",
            "form": "form",
            "heading": "h1, h2, h3, h4, h5, h6",
            "img": "img, svg",
            "link": "a[href], area[href]",
            "list": "ul, ol",
            "listitem": "li",
            "navigation": "nav",
            "radio": "input[type=radio]",
            "region": "section",
            "table": "table",
            "textbox": "input, textarea, [contenteditable]",
        ]
        let explicit = "[role~=\"\(role)\"]"
        return native[role].map { "\($0), \(explicit)" } ?? explicit
    }
}

extension Browser {
    /// Waits for an element.
    ///
    /// - Throws: ``TimedOut`` when there is none within the limit (default 10 s).
    func find(_ locator: Locator, within limit: Duration = .seconds(10)) async throws -> Element {
        try await eventually("\(locator)", within: limit) {
            switch locator {
            case .css(let selector): try await element(css: selector)
            case .role(let role, let name): try await element(role: role, name: name)
            }
        }
    }

    /// - Throws: ``WebDriverError`` that says what there is instead.
    private func element(role: String, name: String) async throws -> Element {
        var others: [String] = []
        for element in try await elements(css: Locator.candidates(forRole: role)) {
            let (foundRole, foundName) = try await (element.role(), element.name())
            if foundRole == role, foundName == name { return element }
            others.append("\(foundRole) “\(foundName)”")
        }
        throw WebDriverError(code: "no such element", message: "there are: \(others)", command: "find")
    }
}
