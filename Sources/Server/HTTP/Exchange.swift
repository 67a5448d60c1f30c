// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceWebSocket

/// One request and its response, on the event loop.
final class Exchange {
    /// The request's number in its connection.
    let number: UInt64
    let scope: Scope
    let kind: RequestScope.Kind
    let body: RequestBody
    // Proof: touched on the event loop's thread only, by its own calls, which know nothing of the exchange.
    @exclusivity(unchecked) var response: ResponseEncoder
    /// What the application writes to, once it runs.
    var sink: HTTPResponseSink?
    /// Whether the client waits to be asked for the body.
    var expectsContinue = false
    /// Whether the body broke off.
    var isTruncated = false
    /// Whether the request's last byte is here.
    var isRequestComplete = false
    /// Whether the application has returned.
    var isApplicationDone = false
    /// Request body bytes that have come.
    var receivedBytes = 0
    /// Since when, and from which number of bytes on, the body's rate is measured.
    var rateSince: UInt32 = 0
    var rateBytes = 0
    /// Request body bytes that came after the application had returned.
    var discardedBytes = 0
    /// Whom the request is counted for.
    var user: String?
    /// When the request came, for the access log.
    let began: Duration

    /// Whether the client has not been asked for the body that it wants to be asked for.
    var awaitsContinue: Bool { expectsContinue && !body.isLookedAt }

    init(
        number: UInt64, scope: Scope, kind: RequestScope.Kind, body: RequestBody, response: ResponseEncoder,
        began: Duration
    ) {
        self.number = number
        self.scope = scope
        self.kind = kind
        self.body = body
        self.response = response
        self.began = began
    }
}
