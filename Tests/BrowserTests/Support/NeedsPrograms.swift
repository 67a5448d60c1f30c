// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test, by name and with the reason, where a program that it needs is not installed.
    static func needsPrograms(_ programs: String...) -> Self {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        let missing = programs.filter { program in
            !folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
        }
        return .enabled(if: missing.isEmpty, "not installed: \(missing.joined(separator: ", "))")
    }

    /// Skips a test where there is no Chromium (Debian: chromium, chromium-driver).
    static var needsBrowser: Self { needsPrograms("chromium", "chromedriver") }
}
