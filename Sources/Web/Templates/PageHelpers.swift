// SPDX-License-Identifier: Apache-2.0

import Mustache
public import SluiceCore

/// The helpers that every page has.
enum PageHelpers {
    static func all(for request: Request) -> [String: any Sendable] {
        [
            "url": TemplateHelper { try url($0, scope: request.scope) },
            "static": TemplateHelper { arguments in
                request.scope.staticPath(try arguments.onlyWord(for: "static"))
            },
            "trans": TemplateHelper { try trans($0, locale: request.locale) },
        ]
    }

    /// `{{#trans}}chat.joined name={{name}}{{/trans}}`: a text with values for its `{name}`.
    private static func trans(_ arguments: TemplateArguments, locale: SiteLocale) throws(TemplateError) -> String {
        guard let key = arguments.words.first, arguments.words.count == 1 else {
            throw TemplateError(.badArguments, "{{#trans}} takes a key and name=value pairs")
        }
        return locale.text(key, Dictionary(arguments.pairs.map { ($0.name, $0.value) }) { $1 })
    }

    /// `{{csrf_field}}`, the hidden field of a form: a template by itself, so that it needs no unescaped value.
    static let csrfField = try? MustacheTemplate(
        string: "<input type=\"hidden\" name=\"\(CSRF.fieldName)\" value=\"{{csrf_token}}\">")
}

/// Where static files are, for `{{#static}}site.css{{/static}}` (Django's `STATIC_URL` and staticfiles storage).
///
/// Put in at start when the default does not fit, as `state[StaticAddress.self] = …`; it is its own key.
public struct StaticAddress: LifespanStateKey, Sendable {
    /// `/static/`, with the files' own names.
    public static var defaultValue: Self { Self() }

    /// What stands in front of the files' names; default `/static/`. An address of another host is possible.
    public var prefix: String
    /// The name under which a file is served, such as one with a hash of its content; default: its own.
    public var servedName: @Sendable (String) -> String

    /// An address.
    public init(prefix: String = "/static/", servedName: @escaping @Sendable (String) -> String = { $0 }) {
        self.prefix = prefix
        self.servedName = servedName
    }
}

extension Scope {
    /// The address of a static file, escaped: `/static/img/%E7%8C%AB.png` for `img/猫.png`.
    public func staticPath(_ name: String) -> String {
        let address = state[StaticAddress.self]
        let isOwn = address.prefix.hasPrefix("/") && !address.prefix.hasPrefix("//")
        let served = PercentCoding.encodeQueryValue(address.servedName(name))
        return (isOwn ? PercentCoding.encodeQueryValue(rootPath) : "") + address.prefix + served
    }
}
