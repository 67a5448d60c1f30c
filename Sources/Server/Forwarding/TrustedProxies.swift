// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Whose `Forwarded` and `X-Forwarded-…` fields are believed. Nobody's by default: anyone can write them.
public struct TrustedProxies: Sendable, Hashable {
    private struct Range: Sendable, Hashable {
        let network: IPAddress
        let bits: Int
    }

    private var ranges: [Range] = []
    private var trustsUnixSockets = false

    /// Nobody.
    public init() {}

    /// Those in a list.
    ///
    /// - Parameter list: addresses (`10.0.0.7`, `::1`), ranges (`10.0.0.0/8`, `fd00::/8`), `unix` for all that come
    ///   through a unix socket, `*` for everybody: only where nobody but the proxy can reach the server.
    /// - Throws: ``ServerError/Code/invalidAddress`` that names the entry.
    public init(_ list: [String]) throws(ServerError) {
        for entry in list {
            switch entry {
            case "unix": trustsUnixSockets = true
            case "*":
                trustsUnixSockets = true
                ranges.append(try Self.range("::/0"))
            default: ranges.append(try Self.range(entry))
            }
        }
    }

    /// Whether nobody is trusted.
    public var isEmpty: Bool { ranges.isEmpty && !trustsUnixSockets }

    /// Whether the peer of a connection is trusted; `nil` is one that has no address.
    func contains(_ peer: SocketAddress?) -> Bool {
        guard let peer else { return trustsUnixSockets }
        guard let address = IPAddress(peer) else { return trustsUnixSockets }
        return contains(address)
    }

    func contains(_ address: IPAddress) -> Bool {
        ranges.contains { address.prefix($0.bits) == $0.network }
    }

    private static func range(_ text: String) throws(ServerError) -> Range {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else {
            throw ServerError(.invalidAddress, "'\(text)' is no address or range of trusted proxies")
        }
        // The mapped form of IPv4 has 96 bits before it.
        let isMapped = address.isIPv4 && !parts[0].utf8.contains(UInt8(ascii: ":"))
        let width = isMapped ? 32 : 128
        var bits = width
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...width).contains(number) else {
                throw ServerError(.invalidAddress, "'\(text)': a prefix has 0 to \(width) bits")
            }
            bits = number
        }
        bits += 128 - width
        guard address.prefix(bits) == address else {
            throw ServerError(.invalidAddress, "'\(text)' has bits behind its prefix")
        }
        return Range(network: address, bits: bits)
    }
}
