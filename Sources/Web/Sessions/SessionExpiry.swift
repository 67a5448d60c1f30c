// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// How long a session lasts (Django's `set_expiry`).
public enum SessionExpiry: Sendable, Hashable, Codable {
    /// So long after it was last changed; the browser keeps the cookie as long.
    case after(seconds: Int64)
    /// Until a moment, in Unix seconds.
    case at(seconds: Int64)
    /// Until the browser is closed; on the server as long as the settings say.
    case whenBrowserCloses

    /// When a session ends that is saved now.
    func end(savedAt now: WallTime, age: Duration) -> WallTime {
        switch self {
        case .after(let seconds): WallTime(seconds: now.seconds + max(0, seconds))
        case .at(let seconds): WallTime(seconds: seconds)
        case .whenBrowserCloses: WallTime(seconds: now.seconds + age.components.seconds)
        }
    }
}
