// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization

/// The scope of the view that has failed, which the error page behind all routers and middleware would not see.
final class FailedScope: Sendable {
    private let scope = Mutex<Scope?>(nil)

    var value: Scope? { scope.withLock { $0 } }

    /// Notes the scope. It refers to this note, so what refers to the note is left out.
    func note(_ failed: Scope) {
        var failed = failed
        failed[FailedScopeKey.self] = nil
        scope.withLock { $0 = failed }
    }
}

/// Put in by the error pages, in development alone.
enum FailedScopeKey: ScopeKey {
    static var defaultValue: FailedScope? { nil }
}
