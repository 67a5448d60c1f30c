// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
import Mustache
import SluiceCore

extension Request {
    /// A page from a template.
    ///
    /// Besides `values` every template can use `{{t.key}}` (translated text), `{{lang}}` (for `<html lang>`), `{{locale}}`
    /// (`zh`), `{{csrf_token}}`, `{{path}}` and `{{#user}}{{name}}{{/user}}`, which is there for a signed-in user alone.
    ///
    /// - Throws: ``TemplateError``, also `noEngine` when the application's state has no ``Templates``.
    public func render(
        _ name: String, _ values: [String: any Sendable] = [:], status: HTTPResponse.Status = .ok
    ) throws -> Response {
        guard let engine = app[Templates.self] else {
            throw TemplateError(.noEngine, "'\(name)' needs a template engine: set state[Templates.self] at start")
        }
        return .html(try engine.render(name, commonValues.merging(values) { _, own in own }), status: status)
    }

    /// What every page needs.
    private var commonValues: [String: any Sendable] {
        let locale = locale
        var values: [String: any Sendable] = [
            "t": TranslatedTexts(locale: locale), "lang": locale.tag, "locale": locale.code, "path": path,
            "csrf_token": PageToken(token: scope[CSRFTokenKey.self]),
        ]
        if user.isAuthenticated { values["user"] = ["name": user.name] }
        return values
    }
}

/// The page's token, masked when it is written: a page that does not use it sets no cookie.
private struct PageToken: MustacheCustomRenderable {
    let token: CSRFToken?

    var renderText: String { token?.masked() ?? "" }
    var isNull: Bool { token == nil }
}

/// `{{t.sign_in}}`, `{{t.chat.title}}` (the key `chat.title`), and `{{#t}}{{sign_in}}{{/t}}`.
private struct TranslatedTexts: MustacheParent {
    let locale: SiteLocale
    var prefix = ""

    func child(named name: String) -> Any? {
        let key = prefix + name
        if let text = locale.translation(of: key) { return text }
        return locale.hasKeys(below: key + ".") ? TranslatedTexts(locale: locale, prefix: key + ".") : nil
    }
}
