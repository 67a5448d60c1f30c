// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore

extension ApplicationHost {
    /// Whether there is room for a request: a WebSocket needs some when all connections hold too much, and a user's
    /// requests may be limited.
    ///
    /// - Returns: the user that it was counted for.
    func admit(_ request: RequestScope) throws(RequestRefusal) -> String? {
        if case .webSocket = request.kind, isOverBudget {
            limitLog.count(.bytes)
            throw RequestRefusal(.serviceUnavailable, "there is no room for another WebSocket")
        }
        guard let user = admission.user(of: request.scope) else { return nil }
        guard admission.enter(user: user) else {
            limitLog.count(.requestsPerUser)
            throw RequestRefusal(.tooManyRequests, "there are too many requests at once")
        }
        return user
    }
}
