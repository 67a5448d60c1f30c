// SPDX-License-Identifier: Apache-2.0

import Mustache

/// How sections become calls of helpers.
///
/// Mustache's own lambdas get a section's source, without the values around it, and what they return is a template again.
/// So sections of helpers are marked when a template is read, filled in as any other section, and replaced on the finished
/// page, where a mark is found by a secret of that page which no value can know.
enum HelperSections {
    /// Escapes values in a helper's section, so that each stays one word.
    struct ArgumentEscaping: MustacheContentType {
        func escapeText(_ text: String) -> String { PercentCoding.encodeComponent(text) }
    }

    /// Makes the escaping known to the library; once in a process.
    static let registered: Void = MustacheContentTypes.register(ArgumentEscaping(), named: argumentType)

    private static let argumentType = "SLUICE-ARGUMENT"

    /// Marks the sections of helpers in a template's source; lines keep their numbers.
    ///
    /// - Parameter isEscaped: Whether the results are escaped for HTML.
    static func marking(_ source: String, helpers: Set<String>, isEscaped: Bool) -> String {
        guard !helpers.isEmpty, source.contains("{{") else { return source }
        var result = ""
        var rest = Substring(source)
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            let tag = rest[open.upperBound..<close.lowerBound]
            guard let kind = tag.first, kind == "#" || kind == "/",
                case let name = tag.dropFirst().filter({ $0 != " " }), helpers.contains(name)
            else {
                // A comment is passed over whole: what looks like a tag in it is none.
                let end = tag.first == "!" ? close.upperBound : open.upperBound
                result += rest[..<end]
                rest = rest[end...]
                continue
            }
            result += rest[..<open.lowerBound]
            result +=
                kind == "#"
                ? "{{#sluice.section}}{{% CONTENT_TYPE:\(argumentType)}}{{{sluice.open}}}\(isEscaped ? "H" : "T")\(name):"
                : "{{{sluice.close}}}{{/sluice.section}}"
            rest = rest[close.upperBound...]
        }
        return result + rest
    }
}

/// The marks of one page.
struct HelperMarks: Sendable {
    private static let (opening, closing) = (UInt8(2), UInt8(3))
    private let secret: [UInt8]

    init() {
        var number = UInt64.random(in: .min ... .max)
        var secret: [UInt8] = []
        // Letters, so that no escaping changes them.
        for _ in 0..<16 {
            secret.append(UInt8(ascii: "a") + UInt8(number & 15))
            number >>= 4
        }
        self.secret = secret
    }

    /// What the template finds under the name `sluice`.
    var values: [String: any Sendable] {
        [
            "section": true, "open": String(decoding: [Self.opening] + secret, as: UTF8.self),
            "close": String(decoding: [Self.closing] + secret, as: UTF8.self),
        ]
    }

    private struct Call {
        var head: (name: String, isEscaped: Bool)
        var arguments: [UInt8]
    }

    /// Puts the helpers' results in the places of their sections, inner ones first.
    ///
    /// - Throws: ``TemplateError`` `badArguments` for a helper that is not among the values; what a helper throws.
    func resolve(_ page: String, with helpers: (String) -> TemplateHelper?) throws -> String {
        guard page.utf8.contains(Self.opening) else { return page }
        let bytes = Array(page.utf8)
        var finished: [UInt8] = []
        finished.reserveCapacity(bytes.count)
        var calls: [Call] = []
        func append(_ text: some Collection<UInt8>) {
            if calls.isEmpty { finished += text } else { calls[calls.count - 1].arguments += text }
        }
        var rest = bytes[...]
        while let mark = rest.firstIndex(where: { $0 == Self.opening || $0 == Self.closing }) {
            append(rest[..<mark])
            let isOpening = rest[mark] == Self.opening
            rest = rest[(mark + 1)...]
            guard rest.starts(with: secret) else {
                append(CollectionOfOne(isOpening ? Self.opening : Self.closing))
                continue
            }
            rest = rest.dropFirst(secret.count)
            if isOpening {
                let head = rest.prefix { $0 != UInt8(ascii: ":") }
                rest = rest[head.endIndex...].dropFirst()
                let name = String(decoding: head.dropFirst(), as: UTF8.self)
                calls.append(Call(head: (name, head.first == UInt8(ascii: "H")), arguments: []))
            } else if let call = calls.popLast() {
                guard let helper = helpers(call.head.name) else {
                    throw TemplateError(.badArguments, "there is no helper {{#\(call.head.name)}} on this page")
                }
                let text = try helper.body(TemplateArguments(call.arguments))
                let written =
                    !calls.isEmpty
                    ? PercentCoding.encodeComponent(text)
                    : call.head.isEscaped ? HTMLEscaping().escapeText(text) : text
                append(written.utf8)
            }
        }
        append(rest)
        return String(decoding: finished, as: UTF8.self)
    }
}
