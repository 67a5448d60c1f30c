// SPDX-License-Identifier: Apache-2.0

/// A function that templates call, given to them among the values: `{{#url}}ticket id={{id}}{{/url}}`.
///
/// What stands in the section is filled in and then read as words: `name=value` pairs and bare words, with white space
/// between them. A filled-in value is always part of one word, whatever characters it has. The result is escaped as any
/// value is.
public struct TemplateHelper: Sendable {
    let body: @Sendable (TemplateArguments) throws -> String

    /// A helper.
    ///
    /// - Parameter body: Makes the text; what it throws, the page throws.
    public init(_ body: @escaping @Sendable (TemplateArguments) throws -> String) {
        self.body = body
    }
}

/// What a template gives to a helper.
public struct TemplateArguments: Sendable, Hashable {
    /// One pair.
    public struct Pair: Sendable, Hashable {
        /// What stands in front of the equals sign.
        public let name: String
        /// What stands behind it; may be empty.
        public let value: String
    }

    /// The bare words in order.
    public private(set) var words: [String] = []
    /// The pairs in order.
    public private(set) var pairs: [Pair] = []

    /// Reads a section's text, in which filled-in values are percent-encoded.
    init(_ text: some Collection<UInt8>) {
        for word in text.split(whereSeparator: { $0 == 0x20 || (0x09...0x0d).contains($0) }) {
            let equals = word.firstIndex(of: UInt8(ascii: "="))
            let name = Self.decode(word[..<(equals ?? word.endIndex)])
            if let equals {
                pairs.append(Pair(name: name, value: Self.decode(word[word.index(after: equals)...])))
            } else {
                words.append(name)
            }
        }
    }

    /// The value of the first pair of a name.
    public subscript(name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// The only word, where a helper takes nothing else.
    ///
    /// - Throws: ``TemplateError`` `badArguments`.
    public func onlyWord(for helper: String) throws(TemplateError) -> String {
        guard let word = words.first, words.count == 1, pairs.isEmpty else {
            throw TemplateError(.badArguments, "{{#\(helper)}} takes one word")
        }
        return word
    }

    private static func decode(_ bytes: some Collection<UInt8>) -> String {
        PercentCoding.decode(Substring(decoding: bytes, as: UTF8.self).utf8)
    }
}
