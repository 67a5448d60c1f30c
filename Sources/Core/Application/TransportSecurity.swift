// SPDX-License-Identifier: Apache-2.0

/// What is known of a connection's TLS (the fields of ASGI's `tls` extension that a Swift application can use).
public struct TransportSecurity: Sendable, Hashable {
    /// The protocol version, such as `TLSv1.3`.
    public var version: String
    /// The cipher suite's number in IANA's registry, such as 0x1301; `nil` when unknown.
    public var cipherSuite: UInt16?
    /// The host name that the client asked for (RFC 6066 §3), if any.
    public var serverName: String?
    /// The client's certificate chain as PEM texts, leaf first; empty without client authentication.
    public var clientCertificateChain: [String]

    /// All fields.
    public init(
        version: String, cipherSuite: UInt16? = nil, serverName: String? = nil, clientCertificateChain: [String] = []
    ) {
        self.version = version
        self.cipherSuite = cipherSuite
        self.serverName = serverName
        self.clientCertificateChain = clientCertificateChain
    }
}
