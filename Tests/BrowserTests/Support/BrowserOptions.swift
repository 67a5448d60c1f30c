// SPDX-License-Identifier: Apache-2.0

import JSONTree

/// How a browser is started.
struct BrowserOptions: Sendable {
    /// The outer size of the window, in CSS pixels.
    var width = 1280
    var height = 900
    /// Whether pages see `prefers-color-scheme: dark`.
    var isDark = false
    /// The preferred languages, best first: `navigator.languages` and Accept-Language.
    var languages = ["en-US", "en"]
    /// Whether certificates that nobody has signed are taken, for https and wss.
    var acceptsInsecureCertificates = true

    var capabilities: JSON {
        [
            "browserName": "chrome",
            "acceptInsecureCerts": .bool(acceptsInsecureCertificates),
            "goog:loggingPrefs": ["browser": "ALL"],
            "goog:chromeOptions": ["args": .array(arguments.map(JSON.string))],
            "timeouts": ["pageLoad": 20_000, "script": 10_000, "implicit": 0],
        ]
    }

    /// Root may not use the sandbox, and containers have a small `/dev/shm`.
    private var arguments: [String] {
        [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
            "--window-size=\(width),\(height)", "--lang=\(languages.first ?? "en")",
            "--accept-lang=\(languages.joined(separator: ","))",
        ]
    }
}
