// SPDX-License-Identifier: Apache-2.0

import SluiceWebSocket

/// The limits and time-outs of a server; every one has a default that is sane in public.
public struct ServerConfiguration: Sendable {
    /// The `Server` field's value; `nil` leaves the field out. Default `sluice`.
    public var serverName: String? = "sluice"
    /// Whether every request and every WebSocket's end is logged. Default off.
    public var accessLog = false
    /// Limits of all connections together.
    public var connections = ConnectionLimits()
    /// Limits of HTTP requests.
    public var http = HTTPLimits()
    /// Limits of WebSocket connections.
    public var webSocket = WebSocketLimits()
    #if HTTP2
    /// Limits of HTTP/2 connections.
    public var http2 = HTTP2Limits()
    #endif
    /// How long an application may go on after its client has gone, before its task is cancelled, in seconds.
    /// Default 10 (Daphne's application close timeout).
    public var applicationCloseTimeout = 10
    /// How long a handler may keep its event loop from all other connections, by blocking or computing, before the log
    /// names it. Default half a second (asyncio's `slow_callback_duration` is a tenth); zero: nobody looks.
    public var blockingLimit = Duration.milliseconds(500)
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
    /// not come all at once. A batch is smaller by as many as have been closed before and have not ended: clients that
    /// are busy set the pace. The last batch is sent when half of the time for the stop is over, whatever they do; with
    /// more sockets than fit in, batches are larger.
    public struct Draining: Sendable {
        /// WebSockets in a batch, and how many may be closing at once. Default 100.
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
        /// The extensions of all chunks of a body (RFC 9112 §7.1.1), in bytes; over it 400. Default 4 KiB.
        public var chunkExtensionBytes = 4 << 10
        /// Seconds until a request head is complete, from its first byte, the first one of a connection from the
        /// connection's start; over it 408. Default 10.
        public var headerTimeout: UInt32 = 10
        /// Seconds that a connection may stay idle between requests, and a body silent. Default 60.
        public var keepAliveTimeout: UInt32 = 60
        /// Requests of one connection; the last one's response closes it. Default 100,000.
        public var requestsPerConnection: UInt64 = 100_000
        /// The fewest bytes a second of a body that the application waits for, over ``bodyRateWindow``; below it 408.
        /// 0: any. Default 128.
        public var bodyRate = 128
        /// Seconds that ``bodyRate`` is measured over. Default 30.
        public var bodyRateWindow: UInt32 = 30
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
        /// Messages, pings and pongs that a client may send in a second; over it close 1008. Default 0: any number, as
        /// back-pressure holds a client to the speed of its consumer.
        public var messageRate: UInt32 = 0
        /// Seconds without anything from the client until it is pinged; 0: never. Default 20.
        public var pingInterval: UInt32 = 20
        /// Seconds until the answer to a ping; then the connection is given up. Default 30.
        public var pingTimeout: UInt32 = 30
        /// Seconds from a message's first byte until its last; then close 1008; 0: any time. Default 60.
        public var messageTimeout: UInt32 = 60
        /// Seconds until the application accepts or refuses; then the handshake is answered with 503. Default 10.
        public var acceptTimeout: UInt32 = 10
        /// Seconds until the client answers a close frame; then the connection is cut. Default 5.
        public var closeTimeout: UInt32 = 5
        /// Seconds without progress until a client that does not read counts as stalled. Default 5.
        public var stallTimeout: UInt32 = 5
        /// Seconds without a message, either way, until the connection is closed with 1001; 0: never. Default 0: a
        /// client that answers pings may be silent.
        public var idleTimeout: UInt32 = 0
        /// Seconds that a connection may last, until it is closed with 1001; 0: for ever. Default 0.
        public var lifetime: UInt32 = 0
        /// Compression of messages; `nil`: never agreed to. Default on.
        public var deflate: Deflate? = Deflate()

        /// The defaults.
        public init() {}

        var decoder: WebSocketDecoder.Configuration {
            var configuration = WebSocketDecoder.Configuration()
            configuration.maxFrameSize = maxFrameSize
            configuration.maxMessageSize = maxMessageSize
            return configuration
        }
    }

    /// How WebSocket messages are compressed (permessage-deflate, RFC 7692). Values out of range count as the nearest.
    ///
    /// The defaults are chosen for memory: connections keep no context, and a broadcast is compressed once for all.
    public struct Deflate: Sendable, Hashable {
        /// Whether the server's messages refer to earlier ones: smaller where they are alike, at 32 KiB a connection
        /// (with the windows below). Default off.
        public var keepsServerContext = false
        /// Whether the client's messages may refer to earlier ones, at 11 KiB a connection, or 40 KiB for a client that
        /// cannot limit its window. Default off.
        public var keepsClientContext = false
        /// How far back a message of the server refers, in bits of bytes: 8...15. Default 12 (4 KiB).
        public var serverMaxWindowBits = 12
        /// How far back a message of the client may refer, if the client can be told. 8...15, default 12 (4 KiB).
        public var clientMaxWindowBits = 12
        /// From 1 (fast) to 9 (small). Default 1.
        public var level = 1
        /// The size of the compressor's tables, from 1 (1 KiB) to 9 (256 KiB). Default 5 (16 KiB).
        public var memoryLevel = 5
        /// Messages below so many bytes are not compressed. Default 256.
        public var threshold = 256

        /// The defaults.
        public init() {}

        var codec: DeflateConfiguration {
            DeflateConfiguration(
                serverNoContextTakeover: !keepsServerContext, clientNoContextTakeover: !keepsClientContext,
                serverMaxWindowBits: serverMaxWindowBits, clientMaxWindowBits: clientMaxWindowBits, level: level,
                memoryLevel: memoryLevel, threshold: threshold)
        }
    }
}
