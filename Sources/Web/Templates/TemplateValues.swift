// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
import Mustache
import SluiceCore

extension Request {
    /// A page from a template.
    ///
    /// Besides `values` every template can use `{{t.key}}` (translated text), `{{lang}}` (for `<html lang>`), `{{locale}}`
    /// (`zh`), `{{csrf_token}}`, `{{csrf_field}}` (a form's hidden field), `{{path}}` and `{{#user}}{{name}}{{/user}}`, which
    /// is there for a signed-in user alone; and the helpers
    /// - `{{#url}}ticket id={{id}} ?page=2{{/url}}`, the address of a named route with its captures and query,
    /// - `{{#static}}site.css{{/static}}`, the address of a static file,
    /// - `{{#trans}}chat.joined name={{name}}{{/trans}}`, a translated text with values.
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
        values.merge(PageHelpers.all(for: self)) { $1 }
        values["csrf_field"] = PageHelpers.csrfField
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
