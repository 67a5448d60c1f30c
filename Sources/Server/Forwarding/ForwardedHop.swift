// SPDX-License-Identifier: Apache-2.0

/// What one proxy has said about the connection that came to it.
struct ForwardedHop: Sendable, Equatable {
    /// The other end of that connection.
    enum Node: Sendable, Equatable {
        case address(IPAddress, host: String, port: Int?)
        /// `unknown`, a name made up to hide it (`_hidden`), or nothing that can be read.
        case hidden
    }

    /// `nil` when nothing was said of it.
    var node: Node?
    /// `http` or `https`.
    var scheme: String?
    var host: String?
}

extension ForwardedHop.Node {
    /// The address, without its port.
    var address: IPAddress? {
        if case .address(let address, _, _) = self { address } else { nil }
    }

    /// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:80` (RFC 7239 §6).
    init(_ text: some StringProtocol) {
        var (host, port) = (text[...], Int?.none)
        if text.utf8.first == UInt8(ascii: "["), let end = text.lastIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.utf8.first == UInt8(ascii: ":") else {
                self = .hidden
                return
            }
            port = Int(rest.dropFirst())
        } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
            host = text[..<colon]
            port = Int(text[text.index(after: colon)...])
        }
        guard let address = IPAddress(host) else {
            self = .hidden
            return
        }
        self = .address(address, host: String(host), port: port.flatMap { (1...65_535).contains($0) ? $0 : nil })
    }
}
