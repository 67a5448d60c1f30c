// SPDX-License-Identifier: Apache-2.0

public import SluiceTLS

/// Where a server accepts connections.
public struct Listener: Sendable {
    /// What it is bound to.
    public enum Address: Sendable, Hashable {
        /// A host name or numeric address and a port; port 0 picks a free one. `::` takes IPv4 too.
        case tcp(host: String, port: Int)
        /// The path of a unix socket, at most 107 bytes; a socket file that nobody serves any more is replaced.
        case unix(path: String)
        /// A socket that another process has bound and handed down, such as systemd; it is closed at the stop, and what
        /// waits in it is left to that process.
        case descriptor(Int32)
    }

    /// What it is bound to.
    public var address: Address
    /// The certificates for `https` and `wss`; `nil` for plain connections. The server loads them again when a file
    /// changes.
    public var tls: TLSContextStore?
    /// Whether another process of the same user may be bound to the same address at the same time (`SO_REUSEPORT`; a
    /// unix socket is taken over), so that the next process can start before this one stops. Default no.
    public var isShared = false
    /// Whether `::` is IPv6 alone, for a listener of its own on `0.0.0.0`. Default no.
    public var isIPv6Only = false
    /// The permissions of a unix socket's file. Default 0660: its owner and group.
    public var socketMode: UInt16 = 0o660

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
