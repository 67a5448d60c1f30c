// SPDX-License-Identifier: Apache-2.0

/// One end of a connection: ASGI's `client` and `server` pairs.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// A numeric address, or the path of a unix socket.
    public var host: String
    /// The port; `nil` for a unix socket.
    public var port: Int?

    /// An end of a connection.
    public init(host: String, port: Int?) {
        self.host = host
        self.port = port
    }

    /// `127.0.0.1:8000`, `[::1]:8000` or a path.
    public var description: String {
        guard let port else { return host }
        return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
