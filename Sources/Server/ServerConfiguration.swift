// SPDX-License-Identifier: Apache-2.0

import SluiceWebSocket

/// The limits and time-outs of a server; every one has a default that is sane in public.
public struct ServerConfiguration: Sendable {
    /// The `Server` field's value; `nil` leaves the field out. Default `sluice`.
    public var serverName: String? = "sluice"
    /// Whether every request and every WebSocket's end is logged. Default off.
    public var accessLog = false
    /// Limits of HTTP requests.
    public var http = HTTPLimits()
    /// Limits of WebSocket connections.
    public var webSocket = WebSocketLimits()
    /// How long an application may go on after its client has gone, before its task is cancelled, in seconds.
    /// Default 10 (Daphne's application close timeout).
    public var applicationCloseTimeout = 10
    /// Bytes queued for a client that does not read before its sender has to wait. Default 1 MiB.
    public var outboxBytes = 1 << 20
    /// Seconds from the accepted connection to the end of its TLS handshake; then it is cut. Default 10.
    public var tlsHandshakeTimeout = 10
    /// Whose `Forwarded` and `X-Forwarded-…` fields rewrite a scope's client, scheme, host and root path. Default nobody.
    public var trustedProxies = TrustedProxies()
    /// The path that the application is mounted under (ASGI's `root_path`), without a final slash; a proxy may take it
    /// off or leave it on. Default empty. `X-Forwarded-Prefix` of a trusted proxy stands over it.
    public private(set) var rootPath = ""
    /// How WebSockets are closed when the server stops.
    public var draining = Draining()

    /// The defaults.
    public init() {}

    /// Sets ``rootPath``; a final slash is taken off.
    ///
    /// - Throws: ``ServerError/Code/invalidAddress`` when it does not begin with one slash, or holds a space or `?#\`.
    public mutating func setRootPath(_ path: String) throws(ServerError) {
        guard let root = RootPath(path) else { throw ServerError(.invalidAddress, "'\(path)' is no root path") }
        rootPath = root.text
    }

    /// How WebSockets are closed when the server stops: a batch after the other, so that clients that connect again do
    /// not come all at once. The last batch is sent when half of the time for the stop is over; with more sockets than
    /// fit in, batches are larger.
    public struct Draining: Sendable {
        /// WebSockets in a batch. Default 100.
        public var batchSize = 100
        /// Milliseconds from one batch to the next; 0: all at once. Default 50.
        public var batchInterval = 50

        /// The defaults.
        public init() {}
    }

    /// Limits of HTTP requests and connections.
    public struct HTTPLimits: Sendable {
        /// The longest request target, in bytes; over it 414. Default 8 KiB.
        public var targetBytes = 8 << 10
        /// The longest single header field, in bytes; over it 431. Default 16 KiB.
        public var fieldBytes = 16 << 10
        /// All header fields together, in bytes; over it 431. Default 64 KiB.
        public var headerBytes = 64 << 10
        /// Header fields of a request; over it 431. Default 100.
        public var fieldCount = 100
        /// Seconds until a new connection's first request head is complete; over it 408. Default 10.
        public var headerTimeout: UInt32 = 10
        /// Seconds that a connection may stay idle between requests. Default 60.
        public var keepAliveTimeout: UInt32 = 60
        /// Body bytes that are read and thrown away after a response, so that the connection can be kept. Default 256 KiB.
        public var discardedBodyBytes = 256 << 10

        /// The defaults.
        public init() {}
    }

    /// Limits of WebSocket connections.
    public struct WebSocketLimits: Sendable {
        /// The largest message, in bytes; over it close 1009. Default 1 MiB.
        public var maxMessageSize = 1 << 20
        /// The largest frame, in bytes; over it close 1009. Default 1 MiB.
        public var maxFrameSize = 1 << 20
        /// Seconds without anything from the client until it is pinged; 0: never. Default 20.
        public var pingInterval: UInt32 = 20
        /// Seconds until the answer to a ping; then the connection is given up. Default 30.
        public var pingTimeout: UInt32 = 30
        /// Seconds until the application accepts or refuses; then the handshake is answered with 503. Default 10.
        public var acceptTimeout: UInt32 = 10
        /// Seconds until the client answers a close frame; then the connection is cut. Default 5.
        public var closeTimeout: UInt32 = 5
        /// Seconds without progress until a client that does not read counts as stalled. Default 5.
        public var stallTimeout: UInt32 = 5

        /// The defaults.
        public init() {}

        var decoder: WebSocketDecoder.Configuration {
            var configuration = WebSocketDecoder.Configuration()
            configuration.maxFrameSize = maxFrameSize
            configuration.maxMessageSize = maxMessageSize
            return configuration
        }
    }
}
