// SPDX-License-Identifier: Apache-2.0

/// A request target in its parts (RFC 9112 §3.2), checked and decoded.
package struct RequestTarget {
    /// The path with percent escapes decoded.
    package let path: String
    /// The path as it was sent.
    package let rawPath: String
    /// What stands behind the question mark, still escaped.
    package let query: String
    /// Host and port of an absolute form; `nil` for the other forms.
    package let authority: String?
    /// Whether it is `*`: the server itself is asked (RFC 9112 §3.2.4).
    var isAsterisk: Bool { rawPath == "*" }

    /// A target that is a string already.
    ///
    /// - Returns: `nil` for a target that is no path or absolute URI, has bytes outside ASCII or control characters,
    ///   or whose escapes are incomplete or do not make UTF-8 (or make a NUL).
    package init?(_ target: String) {
        var target = target
        guard let parsed = target.withUTF8({ RequestTarget(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = parsed
    }

    /// A target as it came.
    init?(_ target: UnsafeRawBufferPointer) {
        var (question, hasEscapes) = (target.count, false)
        for index in 0..<target.count {
            switch target[index] {
            case UInt8(ascii: "?"): question = min(question, index)
            case UInt8(ascii: "%"): if question == target.count { hasEscapes = true }
            case UInt8(ascii: "#"): return nil
            case 0x21...0x7E: break
            default: return nil
            }
        }
        query = question < target.count ? Self.text(target.part(question + 1..<target.count)) : ""
        guard let (authority, origin) = Self.split(target.part(0..<question)) else { return nil }
        guard origin.first != UInt8(ascii: "*") || question == target.count else { return nil }
        self.authority = authority.map(Self.text)
        rawPath = origin.isEmpty ? "/" : Self.text(origin)
        guard let path = hasEscapes && !origin.isEmpty ? Self.decode(origin) : rawPath else { return nil }
        self.path = path
    }

    /// Takes scheme and authority of an absolute form off (RFC 9112 §3.2.2).
    private static func split(
        _ target: UnsafeRawBufferPointer
    ) -> (authority: UnsafeRawBufferPointer?, path: UnsafeRawBufferPointer)? {
        guard let first = target.first else { return nil }
        if first == UInt8(ascii: "/") || first == UInt8(ascii: "*") && target.count == 1 { return (nil, target) }
        let schemes: [StaticString] = ["http://", "https://"]
        guard
            let scheme = schemes.first(where: {
                target.count > $0.utf8CodeUnitCount && target.part(0..<$0.utf8CodeUnitCount).matches($0)
            })
        else { return nil }
        let rest = target.part(scheme.utf8CodeUnitCount..<target.count)
        let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.count
        guard Authority.isValid(rest.part(0..<end)) else { return nil }
        return (rest.part(0..<end), rest.part(end..<rest.count))
    }

    private static func decode(_ path: UnsafeRawBufferPointer) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.count)
        var index = 0
        while index < path.count {
            guard path[index] == UInt8(ascii: "%") else {
                bytes.append(path[index])
                index += 1
                continue
            }
            guard index + 2 < path.count, let high = path[index + 1].hexValue, let low = path[index + 2].hexValue,
                high != 0 || low != 0
            else { return nil }
            bytes.append(high << 4 | low)
            index += 3
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
