// SPDX-License-Identifier: Apache-2.0

extension WebSocketHandshake {
    /// Checks a client's request over HTTP/2 (extended CONNECT, RFC 8441 §5), whose `:protocol` is `websocket`.
    ///
    /// There is no key to answer: a 200 accepts.
    ///
    /// - Parameter headers: All fields of the request.
    /// - Throws: ``HandshakeError`` with the answer's status: 426 for a version other than 13, else 400.
    public static func validateExtendedConnect(
        headers: some Sequence<Header>
    ) throws(HandshakeError) -> Request {
        let fields = HeaderFields(headers)
        try checkVersion(fields.values("sec-websocket-version"), isUpgrade: false)
        // What follows is frames, of which there may be any number (RFC 9110 §9.3.6: CONNECT has no content).
        guard fields.values("content-length").isEmpty else {
            throw HandshakeError(.body, "the request must not have a body")
        }
        return Request(
            key: "", subprotocols: try subprotocols(fields), extensions: fields.elements("sec-websocket-extensions"))
    }
}
