// SPDX-License-Identifier: Apache-2.0

/// One element of `Sec-WebSocket-Extensions`: a name and its parameters (RFC 6455 §9.1).
struct ExtensionElement {
    /// The extension's name, as it stands.
    let name: String
    /// The parameters in order; a value is nil where there is none.
    let parameters: [(name: String, value: String?)]

    /// Nil if `text` is not an extension by the grammar.
    init?(parsing text: String) {
        var parts: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        // A value in quotes is a token all the same, so it holds nothing that would have to be escaped.
        for index in text.utf8.indices {
            switch text.utf8[index] {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ";") where !isQuoted:
                parts.append(text[start..<index])
                start = text.utf8.index(after: index)
            default: break
            }
        }
        guard !isQuoted else { return nil }
        parts.append(text[start...])

        let name = String(HeaderFields.trim(parts[0]))
        guard HeaderFields.isToken(name) else { return nil }
        self.name = name
        var parameters: [(name: String, value: String?)] = []
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(HeaderFields.trim(pair[0]))
            guard HeaderFields.isToken(name) else { return nil }
            guard pair.count == 2 else {
                parameters.append((name, nil))
                continue
            }
            var value = HeaderFields.trim(pair[1])
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = value.dropFirst().dropLast() }
            guard HeaderFields.isToken(String(value)) else { return nil }
            parameters.append((name, String(value)))
        }
        self.parameters = parameters
    }
}
