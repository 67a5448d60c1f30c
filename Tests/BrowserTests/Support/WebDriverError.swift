// SPDX-License-Identifier: Apache-2.0

/// A command that the browser refused (W3C WebDriver §6.6).
struct WebDriverError: Error, CustomStringConvertible {
    /// WebDriver's name of the error: `no such element`, `stale element reference`.
    let code: String
    let message: String
    /// The command: `POST /session/…/url`.
    let command: String

    var description: String { "\(command): \(code): \(message)" }
}
