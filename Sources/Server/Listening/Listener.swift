// SPDX-License-Identifier: Apache-2.0

public import SluiceTLS

/// Where a server accepts connections.
public struct Listener: Sendable {
    /// What it is bound to.
    public enum Address: Sendable, Hashable {
        /// A host name or numeric address and a port; port 0 picks a free one.
        case tcp(host: String, port: Int)
        /// The path of a unix socket; a socket file that is left over is replaced.
        case unix(path: String)
    }

    /// What it is bound to.
    public var address: Address
    /// The certificates for `https` and `wss`; `nil` for plain connections. Replacing the store's context changes what
    /// new handshakes get.
    public var tls: TLSContextStore?

    /// A listener.
    public init(_ address: Address, tls: TLSContextStore? = nil) {
        self.address = address
        self.tls = tls
    }
}

/// A listener that accepts.
public struct BoundListener: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    public let scheme: String
    /// The host as it was asked for, or the path of a unix socket.
    public let host: String
    /// The port in use; `nil` for a unix socket.
    public let port: Int?

    /// `https://127.0.0.1:8443` or `http+unix:/run/app.sock`.
    public var description: String {
        guard let port else { return "\(scheme)+unix:\(host)" }
        return host.utf8.contains(UInt8(ascii: ":")) ? "\(scheme)://[\(host)]:\(port)" : "\(scheme)://\(host):\(port)"
    }
}
