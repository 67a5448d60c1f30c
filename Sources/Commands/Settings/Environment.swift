// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Settings from environment variables; an option on the command line stands over them.
public enum Environment {
    /// All variables.
    static var all: [String: String] { ProcessInfo.processInfo.environment }

    /// The id of this process.
    static var processIdentifier: Int32 { ProcessInfo.processInfo.processIdentifier }

    /// A variable's text; `nil` when it is not set or empty.
    public static func text(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A variable as a number; `nil` when it is not set.
    ///
    /// - Throws: ``SettingError`` when it is set to something else.
    public static func number(_ name: String) throws -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text) else { throw SettingError("\(name) is '\(text)', which is not a number") }
        return number
    }
}

/// A setting that cannot be used.
public struct SettingError: Error, CustomStringConvertible {
    /// One line that names the setting and what is wrong.
    public let description: String

    /// A setting that cannot be used.
    public init(_ description: String) {
        self.description = description
    }
}
