// SPDX-License-Identifier: Apache-2.0

/// The prefix that an application is mounted under: empty, or `/` and at least one character, without a final slash.
struct RootPath: Sendable, Hashable {
    let text: String

    /// - Parameter text: `/app`, `/app/`, `/` or nothing, unescaped.
    /// - Returns: `nil` for what is no absolute path; `//host`, which browsers take for another host, is none.
    init?(_ text: String) {
        var path = Substring(text)
        while path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        guard path.isEmpty || path.utf8.first == UInt8(ascii: "/"), !path.hasPrefix("//"),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"?#\\".utf8.contains($0) })
        else { return nil }
        self.text = String(path)
    }
}
