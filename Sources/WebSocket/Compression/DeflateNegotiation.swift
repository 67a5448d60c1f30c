// SPDX-License-Identifier: Apache-2.0

extension DeflateConfiguration {
    /// A server's answer to the extensions that a client offers (RFC 7692 §5.1, §7.1): the first offer of
    /// permessage-deflate that is valid is taken. Offers that are not, or of other extensions, are declined.
    ///
    /// - Parameter offers: ``WebSocketHandshake/Request/extensions``.
    /// - Returns: what is agreed, and the value of the response's `Sec-WebSocket-Extensions`; nil to go without.
    public func answer(to offers: [String]) -> (parameters: DeflateParameters, header: String)? {
        for offer in offers {
            if let element = ExtensionElement(parsing: offer), let offer = DeflateElement(element) {
                return answer(to: offer)
            }
        }
        return nil
    }

    private func answer(to offer: DeflateElement) -> (parameters: DeflateParameters, header: String) {
        var agreed = DeflateParameters()
        var header = DeflateElement.name
        // A server may demand both, asked or not (§7.1.1).
        if serverNoContextTakeover || offer.serverNoContextTakeover {
            agreed.serverNoContextTakeover = true
            header += "; server_no_context_takeover"
        }
        if clientNoContextTakeover || offer.clientNoContextTakeover {
            agreed.clientNoContextTakeover = true
            header += "; client_no_context_takeover"
        }
        agreed.serverMaxWindowBits = min(serverMaxWindowBits, offer.serverMaxWindowBits ?? 15)
        // Not told unasked: some clients take it for a violation, and a smaller window needs no consent.
        if offer.serverMaxWindowBits != nil { header += "; server_max_window_bits=\(agreed.serverMaxWindowBits)" }
        // A client that does not offer it cannot limit its window (§7.1.2.2).
        if let bits = offer.clientMaxWindowBits {
            agreed.clientMaxWindowBits = min(clientMaxWindowBits, bits ?? 15)
            header += "; client_max_window_bits=\(agreed.clientMaxWindowBits)"
        }
        return (agreed, header)
    }

    /// A client's offer, for ``WebSocketHandshake/requestHeaders(key:subprotocols:extensions:)``.
    public var offer: String {
        var header = DeflateElement.name
        if serverNoContextTakeover { header += "; server_no_context_takeover" }
        if clientNoContextTakeover { header += "; client_no_context_takeover" }
        if serverMaxWindowBits < 15 { header += "; server_max_window_bits=\(serverMaxWindowBits)" }
        return header + "; client_max_window_bits" + (clientMaxWindowBits < 15 ? "=\(clientMaxWindowBits)" : "")
    }

    /// What a server has agreed to that was sent ``offer`` (RFC 7692 §5.1, §7.1).
    ///
    /// - Parameter extensions: ``WebSocketHandshake/Response/extensions``.
    /// - Returns: nil if the server declined.
    /// - Throws: ``HandshakeError`` with `extensions` for an answer that does not fit the offer; the connection must be
    ///   closed.
    public func agreed(in extensions: [String]) throws(HandshakeError) -> DeflateParameters? {
        guard let first = extensions.first else { return nil }
        guard extensions.count == 1, let element = ExtensionElement(parsing: first),
            let answer = DeflateElement(element)
        else { throw Self.unfit("the server's extensions are not valid") }
        guard answer.serverNoContextTakeover || !serverNoContextTakeover else {
            throw Self.unfit("the server did not take server_no_context_takeover")
        }
        guard answer.serverMaxWindowBits ?? 15 <= serverMaxWindowBits else {
            throw Self.unfit("the server's window is larger than was offered")
        }
        if let bits = answer.clientMaxWindowBits, bits == nil {
            throw Self.unfit("the server's client_max_window_bits has no value")
        }
        return DeflateParameters(
            serverNoContextTakeover: answer.serverNoContextTakeover,
            clientNoContextTakeover: answer.clientNoContextTakeover || clientNoContextTakeover,
            serverMaxWindowBits: answer.serverMaxWindowBits ?? 15,
            clientMaxWindowBits: min(clientMaxWindowBits, (answer.clientMaxWindowBits ?? nil) ?? 15))
    }

    private static func unfit(_ message: String) -> HandshakeError {
        HandshakeError(.extensions, status: 101, message)
    }
}
