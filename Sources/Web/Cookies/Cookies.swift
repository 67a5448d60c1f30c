// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes

/// The cookies of a request (RFC 6265 §5.4): nothing is parsed until one is looked up, and then without a copy of the
/// others.
///
/// What is beyond ``byteLimit`` or ``countLimit`` is not looked at. Of two cookies with one name the first counts: browsers
/// send the more specific path first.
public struct Cookies: Sendable {
    /// The most bytes of `Cookie` fields that are looked at: 16 KiB.
    public static let byteLimit = 16_384
    /// The most cookies that are looked at.
    public static let countLimit = 180

    private let headers: HTTPFields

    /// The cookies of `Cookie` fields; HTTP/2 may send several.
    public init(_ headers: HTTPFields) {
        self.headers = headers
    }

    /// The value of a cookie as it was sent, without the quotes around it; `nil` when there is none.
    public subscript(name: String) -> String? {
        var found: String?
        scan { pairName, value in
            guard pairName.elementsEqual(name.utf8) else { return true }
            found = String(Substring(value))
            return false
        }
        return found
    }

    /// All cookies in order, within the limits.
    public var all: [(name: String, value: String)] {
        var pairs: [(String, String)] = []
        scan { name, value in
            pairs.append((String(Substring(name)), String(Substring(value))))
            return true
        }
        return pairs
    }

    /// Calls `visit` for each pair until it returns false.
    private func scan(_ visit: (Substring.UTF8View, Substring.UTF8View) -> Bool) {
        var (bytes, count) = (0, 0)
        for field in headers[fields: .cookie] {
            bytes += field.value.utf8.count
            guard bytes <= Self.byteLimit else { return }
            var rest = Substring(field.value).utf8
            while !rest.isEmpty {
                let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
                let pair = rest[..<end]
                rest = end == rest.endIndex ? rest[end...] : rest[rest.index(after: end)...]
                guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
                count += 1
                guard count <= Self.countLimit else { return }
                let value = unquoted(trimmed(pair[pair.index(after: equals)...]))
                guard visit(trimmed(pair[..<equals]), value) else { return }
            }
        }
    }

    private func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }

    private func unquoted(_ text: Substring.UTF8View) -> Substring.UTF8View {
        guard text.count >= 2, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") else { return text }
        return text.dropFirst().dropLast()
    }
}
