// SPDX-License-Identifier: Apache-2.0

/// One `permessage-deflate` of a handshake, an offer or an answer, whose parameters are valid (RFC 7692 §7.1).
struct DeflateElement {
    static let name = "permessage-deflate"

    var serverNoContextTakeover = false
    var clientNoContextTakeover = false
    /// Nil where the parameter is missing.
    var serverMaxWindowBits: Int?
    /// Nil where the parameter is missing; an inner nil for one without a value, which only an offer may have.
    var clientMaxWindowBits: Int??

    /// Nil for another extension, and for parameters that are unknown, repeated or have a value that is not valid
    /// (§7.1): such an offer is declined.
    init?(_ element: ExtensionElement) {
        guard element.name == Self.name else { return nil }
        var seen: Set<String> = []
        for (name, value) in element.parameters {
            guard seen.insert(name).inserted else { return nil }
            switch (name, value) {
            case ("server_no_context_takeover", nil): serverNoContextTakeover = true
            case ("client_no_context_takeover", nil): clientNoContextTakeover = true
            case ("client_max_window_bits", nil): clientMaxWindowBits = .some(nil)
            case ("client_max_window_bits", let value?):
                guard let bits = Self.bits(value) else { return nil }
                clientMaxWindowBits = bits
            case ("server_max_window_bits", let value?):
                guard let bits = Self.bits(value) else { return nil }
                serverMaxWindowBits = bits
            default: return nil
            }
        }
    }

    /// A decimal number from 8 to 15 without leading zeros (§7.1.2).
    private static func bits(_ text: String) -> Int? {
        DeflateParameters.windowBits.first { String($0) == text }
    }
}
