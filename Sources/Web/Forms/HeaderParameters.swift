// SPDX-License-Identifier: Apache-2.0

/// A field value with parameters (RFC 9110 §5.6.6), such as `form-data; name="a"; filename="b.txt"`.
struct HeaderParameters {
    /// More parameters are not looked at.
    static let countLimit = 16

    /// What stands in front of the parameters, in lower case.
    let value: String
    /// Names in lower case, values without their quotes.
    private var parameters: [(name: String, value: String)] = []

    init(_ bytes: some Collection<UInt8>) {
        var rest = Array(bytes)[...]
        value = Self.trimmed(String(decoding: Self.take(&rest, upTo: UInt8(ascii: ";")), as: UTF8.self)).lowercased()
        while !rest.isEmpty, parameters.count < Self.countLimit {
            rest.removeFirst()
            let name = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
            rest = rest[name.endIndex...]
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst().drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            let text: String
            if rest.first == UInt8(ascii: "\"") {
                text = Self.takeQuoted(&rest)
                _ = Self.take(&rest, upTo: UInt8(ascii: ";"))
            } else {
                text = Self.trimmed(String(decoding: Self.take(&rest, upTo: UInt8(ascii: ";")), as: UTF8.self))
            }
            parameters.append((Self.trimmed(String(decoding: name, as: UTF8.self)).lowercased(), text))
        }
    }

    /// The first parameter of a name.
    subscript(name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// The parameter `name*` in UTF-8 (RFC 8187): `UTF-8''%E4%BD%A0.txt`; nil when there is none that can be read.
    func extended(_ name: String) -> String? {
        guard let text = self[name + "*"], text.lowercased().hasPrefix("utf-8'"),
            let quote = text.dropFirst(6).firstIndex(of: "'")
        else { return nil }
        return PercentCoding.decode(text[text.index(after: quote)...].utf8)
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, upTo mark: UInt8) -> ArraySlice<UInt8> {
        let taken = rest.prefix { $0 != mark }
        rest = rest[taken.endIndex...]
        return taken
    }

    /// A quoted string. A backslash escapes a quotation mark and itself alone: old browsers send whole Windows paths.
    private static func takeQuoted(_ rest: inout ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        rest.removeFirst()
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let next = rest.first, next == byte || next == UInt8(ascii: "\"") {
                bytes.append(next)
                rest.removeFirst()
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func trimmed(_ text: String) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var text = Substring(text).utf8.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(Substring(text))
    }
}
