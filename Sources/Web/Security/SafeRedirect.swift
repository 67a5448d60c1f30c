// SPDX-License-Identifier: Apache-2.0

/// Checks addresses that a client chose, such as `?next=` (Django's `url_has_allowed_host_and_scheme`).
public enum SafeRedirect {
    /// The target, when it is a path of this site; else `fallback`.
    public static func path(_ target: String?, or fallback: String = "/") -> String {
        guard let target, isSameSite(target) else { return fallback }
        return target
    }

    /// Whether browsers stay on this site when they follow the target.
    ///
    /// True for paths from the root alone. Refused are `//host` and, since browsers read a backslash as a slash and
    /// leave out tabs and line breaks, every backslash and every control character; and everything over 2,048 bytes.
    public static func isSameSite(_ target: String) -> Bool {
        let bytes = target.utf8
        guard bytes.count <= 2_048, bytes.first == UInt8(ascii: "/"),
            bytes.dropFirst().first != UInt8(ascii: "/")
        else { return false }
        return !target.unicodeScalars.contains { scalar in
            scalar == "\\" || scalar.properties.generalCategory == .control
        }
    }
}
