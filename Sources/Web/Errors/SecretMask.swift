// SPDX-License-Identifier: Apache-2.0

/// Hides what belongs to nobody's eyes, by its name (Django's `SafeExceptionReporterFilter`).
enum SecretMask {
    /// What stands instead of a secret, however long it is.
    static let text = "••••••"

    /// In lower case and without marks between words.
    private static let parts = [
        "secret", "token", "pass", "pwd", "key", "session", "csrf", "xsrf", "auth", "cookie", "credential", "signature",
        "ticket", "otp", "jwt",
    ]

    /// Whether a value of this name is not shown: `X-API-Key`, `new_password`, `sessionid`.
    static func hides(_ name: String) -> Bool {
        let name = name.lowercased().filter { $0.isLetter || $0.isNumber }
        return parts.contains { name.contains($0) }
    }

    /// The value, or the mask, cut to a length that can be read.
    static func value(_ value: String, of name: String) -> String {
        hides(name) ? text : shortened(value)
    }

    /// At most 500 characters, control characters as spaces.
    static func shortened(_ value: String, to limit: Int = 500) -> String {
        let scalars = value.unicodeScalars.prefix(limit)
            .map { $0.properties.generalCategory == .control && $0 != "\n" ? " " : $0 }
        let text = String(String.UnicodeScalarView(scalars))
        return scalars.count < limit || value.unicodeScalars.count == limit ? text : text + "…"
    }
}
