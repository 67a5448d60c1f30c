// SPDX-License-Identifier: Apache-2.0

#if HTTP2
extension ServerConfiguration {
    /// Limits of HTTP/2 connections (RFC 9113). What ``HTTPLimits`` says of requests, header fields, idle connections
    /// and bodies holds here too; with the trait `HTTP2` only.
    public struct HTTP2Limits: Sendable {
        /// Whether a connection without TLS that begins with the preface of HTTP/2 is served (prior knowledge, §3.3).
        /// Default off. Over TLS the protocol is agreed on by ALPN alone.
        public var priorKnowledge = false
        /// Streams that a client may have open at once; over it they are refused (§5.1.2). Default 100.
        public var concurrentStreams = 100
        /// Bytes of a request's body that may come before the application takes any, for each stream. Default 65,535.
        public var streamWindow = 65_535
        /// Bytes that may be on their way in all streams together (§6.9.2). Default 1 MiB.
        public var connectionWindow = 1 << 20
        /// Seconds without anything from the client, while streams are open, until it is pinged (§6.7); 0: never.
        /// Default 20.
        public var pingInterval: UInt32 = 20
        /// Seconds until the answer to a ping; then the connection is closed. Default 30.
        public var pingTimeout: UInt32 = 30
        /// Streams that a client may reset, errors on streams that it may cause, and PING, SETTINGS and PRIORITY frames
        /// that it may send, of each so many in 30 s; over it the connection is closed. Default 200.
        public var controlFrames = 200
        /// CONTINUATION frames of one header block (§6.10); over it the connection is closed. Default 16.
        public var continuationFrames = 16
        /// DATA frames without a byte, one after the other; over it the connection is closed. Default 100.
        public var emptyDataFrames = 100
        /// WINDOW_UPDATE frames that no sent data accounts for, frames of unknown types, refused streams; over it the connection is
        /// closed. Default 1,000 of each.
        public var idleFrames = 1_000
        /// DATA frames of all streams that applications have not taken, however small; over it the connection is
        /// closed. Default 10,000.
        public var unreadFrames = 10_000

        /// The defaults.
        public init() {}
    }
}
#endif
