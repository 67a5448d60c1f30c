// SPDX-License-Identifier: Apache-2.0

/// The `Forwarded` field's grammar (RFC 7239 §4).
enum ForwardedField {
    /// The hops in their order, the client's first.
    ///
    /// - Returns: `nil` when the text does not follow the grammar or says one thing twice.
    static func hops(_ text: String) -> [ForwardedHop]? {
        var scanner = Scanner(rest: text.utf8[...])
        var hops: [ForwardedHop] = []
        while true {
            scanner.skipSpace()
            // An empty element of a list is allowed (RFC 9110 §5.6.1.2).
            if scanner.isAtEnd { return hops }
            if scanner.skip(",") { continue }
            guard let hop = scanner.element() else { return nil }
            hops.append(hop)
            scanner.skipSpace()
            guard scanner.isAtEnd || scanner.skip(",") else { return nil }
        }
    }

    private struct Scanner {
        var rest: Substring.UTF8View

        var isAtEnd: Bool { rest.isEmpty }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func skipSpace() {
            while let byte = rest.first, byte == 0x20 || byte == 0x09 { rest.removeFirst() }
        }

        /// Pairs with semicolons between them; spaces around those are tolerated, since proxies write them.
        mutating func element() -> ForwardedHop? {
            var hop = ForwardedHop()
            var seen: Set<String> = []
            repeat {
                skipSpace()
                guard let name = token()?.lowercased(), skip("="), let value = value(), seen.insert(name).inserted
                else { return nil }
                switch name {
                case "for": hop.node = ForwardedHop.Node(value)
                case "proto": hop.scheme = value.lowercased()
                case "host": hop.host = value
                default: break
                }
                skipSpace()
            } while skip(";")
            return hop
        }

        private mutating func value() -> String? {
            guard skip("\"") else { return token() }
            var bytes: [UInt8] = []
            while let byte = rest.popFirst() {
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let escaped = rest.popFirst() else { return nil }
                    bytes.append(escaped)
                default: bytes.append(byte)
                }
            }
            return nil
        }

        private mutating func token() -> String? {
            let end = rest.firstIndex { !Self.isTokenByte($0) } ?? rest.endIndex
            guard end != rest.startIndex else { return nil }
            defer { rest = rest[end...] }
            return String(Substring(rest[..<end]))
        }

        private static func isTokenByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
    }
}
