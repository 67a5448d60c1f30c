// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// The head of an HTTP/1.x request that may be believed: every rule of RFC 9112 on it has been checked.
struct RequestHead {
    /// How long the request's body is (RFC 9112 §6.3).
    enum Framing: Equatable {
        case none
        /// So many bytes, one at least.
        case length(Int)
        case chunked
    }

    /// What `Connection` says, beside names of other fields (RFC 9110 §7.6.1).
    struct ConnectionOptions: OptionSet {
        static let close = ConnectionOptions(rawValue: 1)
        static let keepAlive = ConnectionOptions(rawValue: 2)

        let rawValue: UInt8
    }

    var method: HTTPRequest.Method
    var target: RequestTarget
    /// 0 or 1; a higher one counts as 1 (RFC 9110 §2.5).
    var minorVersion: Int
    /// All fields in order, but those whose name has an underscore.
    var fields = HTTPFields()
    var framing = Framing.none
    var options: ConnectionOptions = []
    /// Whether the client waits for 100 before it sends the body (RFC 9110 §10.1.1).
    var expectsContinue = false
    /// Whether another protocol is asked for (RFC 9110 §7.8).
    var hasUpgrade = false
    /// Whether there is a `Sec-WebSocket-Key`.
    var hasWebSocketKey = false

    /// Whether the connection goes on behind the response, as far as the client goes (RFC 9112 §9.3).
    var keepsAlive: Bool {
        if options.contains(.close) { return false }
        return minorVersion >= 1 || options.contains(.keepAlive)
    }
}
