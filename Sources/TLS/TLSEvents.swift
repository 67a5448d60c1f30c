// SPDX-License-Identifier: Apache-2.0

/// Fired by ``TLSHandler`` through the pipeline as a user inbound event, before any plaintext.
public struct TLSHandshakeCompleted: Sendable, Hashable {
    /// The application protocol (ALPN, RFC 7301); nil when none was negotiated.
    public let alpn: String?
    /// The protocol's version.
    public let version: TLSVersion?
    /// The cipher suite's number in IANA's registry.
    public let cipherSuite: UInt16?
    /// The host name that the client has asked for (SNI); any text a peer likes.
    public let serverName: String?
    /// Whether an earlier session was resumed.
    public let isResumed: Bool
    /// Server only: the certificate that was shown, in PEM.
    public let serverCertificate: String?
    /// The verified certificates of the peer, its own first; empty when it showed none.
    public let peerCertificates: [TLSCertificate]

    init(_ engine: TLSEngine) {
        alpn = engine.applicationProtocol
        version = engine.version
        cipherSuite = engine.cipherSuite
        serverName = engine.serverName
        isResumed = engine.isResumed
        serverCertificate = engine.serverCertificate
        peerCertificates = engine.peerCertificates
    }
}

/// Further user inbound events of ``TLSHandler``.
public enum TLSEvent: Sendable, Hashable {
    /// The stream has ended without close_notify: what was received may be cut off (RFC 8446 §6.1). The channel's end
    /// follows. Protocols that know their own end, like HTTP with a length and WebSocket, need not care.
    case uncleanShutdown
}
