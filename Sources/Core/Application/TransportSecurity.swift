// SPDX-License-Identifier: Apache-2.0

/// What is known of a connection's TLS: the fields of ASGI's `tls` extension, and the name that the client asked for.
///
/// An immutable object, so that a scope carries one reference, and that of a plain connection nothing.
public final class TransportSecurity: Sendable {
    /// The protocol version's number on the wire, 0x0304 for TLS 1.3 (`tls_version`); `nil` when unknown.
    public let version: UInt16?
    /// The cipher suite's number in IANA's registry, such as 0x1301 (`cipher_suite`); `nil` when unknown.
    public let cipherSuite: UInt16?
    /// The host name that the client asked for (RFC 6066 §3), if any: any text it likes.
    public let serverName: String?
    /// The certificate that the server has shown, in PEM (`server_cert`); `nil` when unknown.
    public let serverCertificate: String?
    /// The client's certificates in PEM, its own first (`client_cert_chain`); empty when it showed none. Of a resumed
    /// session only the client's own is known.
    public let clientCertificateChain: [String]
    /// The subject of the client's certificate as RFC 4514 writes it, such as `CN=alice,O=Example`
    /// (`client_cert_name`); `nil` when it showed none.
    public let clientCertificateName: String?
    /// Why the client's certificate could not be verified (`client_cert_error`); `nil` when it was, or none was shown.
    /// Sluice's own server ends such a handshake, so only another host sets this.
    public let clientCertificateError: String?

    /// All fields.
    public init(
        version: UInt16? = nil, cipherSuite: UInt16? = nil, serverName: String? = nil,
        serverCertificate: String? = nil, clientCertificateChain: [String] = [], clientCertificateName: String? = nil,
        clientCertificateError: String? = nil
    ) {
        self.version = version
        self.cipherSuite = cipherSuite
        self.serverName = serverName
        self.serverCertificate = serverCertificate
        self.clientCertificateChain = clientCertificateChain
        self.clientCertificateName = clientCertificateName
        self.clientCertificateError = clientCertificateError
    }
}
