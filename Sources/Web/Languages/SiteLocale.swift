// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// One language of a site with its texts.
public struct SiteLocale: Sendable {
    /// The code: `zh`, `en`.
    public let code: String
    private let texts: Catalogue
    private let fallback: Catalogue

    init(code: String, texts: Catalogue, fallback: Catalogue) {
        self.code = code
        self.texts = texts
        self.fallback = fallback
    }

    /// The tag for `<html lang>` and `Content-Language` (BCP 47): `zh-CN` for `zh`, else the code.
    public var tag: String { code == "zh" ? "zh-CN" : code }

    /// A text by its key; in the default language, or the key itself, when it is not translated.
    ///
    /// - Parameter values: What stands for `{name}` in the text. It is not looked into again.
    public func text(_ key: String, _ values: [String: String] = [:]) -> String {
        let text = translation(of: key) ?? key
        guard !values.isEmpty else { return text }
        var result = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            result += rest[..<open]
            result += values[name] ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    func translation(of key: String) -> String? {
        texts.texts[key] ?? fallback.texts[key]
    }

    func hasKeys(below prefix: String) -> Bool {
        texts.prefixes.contains(prefix) || fallback.prefixes.contains(prefix)
    }
}

/// The language that ``LocaleMiddleware`` has chosen.
enum LocaleKey: ScopeKey {
    static var defaultValue: SiteLocale? { nil }
}

extension Scope {
    /// The language of the connection; the default one without ``LocaleMiddleware``.
    public var locale: SiteLocale {
        if let locale = self[LocaleKey.self] { return locale }
        let locales = state[Locales.self]
        return locales.locale(locales.defaultCode)
    }
}

extension Request {
    /// The language of the page.
    public var locale: SiteLocale { scope.locale }

    /// A text in the language of the page, see ``SiteLocale/text(_:_:)``.
    public func text(_ key: String, _ values: [String: String] = [:]) -> String {
        locale.text(key, values)
    }
}
