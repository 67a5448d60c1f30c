// SPDX-License-Identifier: Apache-2.0

/// What a TLS server offers. The defaults follow Mozilla's "intermediate" profile, narrowed to suites with forward
/// secrecy and authenticated encryption: TLS 1.2 and 1.3, X25519, P-256 and P-384 (and X25519MLKEM768 where
/// OpenSSL has it), no renegotiation, no compression.
public struct TLSConfiguration: Sendable, Hashable {
    /// A certificate and its key, as files.
    public struct Certificate: Sendable, Hashable {
        /// Path of a PEM file: the server's certificate first, then the intermediate ones. May hold the key as well.
        public var chainFile: String
        /// Path of a PEM file with the private key, not encrypted.
        public var keyFile: String
        /// Path of a file with what the certificate's authority says about it (an OCSP response in DER, RFC 6960),
        /// which is shown to clients until its time is over (stapling, RFC 6066 §8). Whoever fetches it writes it anew
        /// before: a changed file is loaded like a changed certificate. Default none.
        public var statusFile: String?

        /// - Parameters:
        ///   - chainFile: Path of the PEM file with the certificate and its chain.
        ///   - keyFile: Path of the PEM file with the key; nil when it stands in `chainFile` too.
        ///   - statusFile: Path of the OCSP response in DER; nil for none.
        public init(chainFile: String, keyFile: String? = nil, statusFile: String? = nil) {
            self.chainFile = chainFile
            self.keyFile = keyFile ?? chainFile
            self.statusFile = statusFile
        }
    }

    /// Whether clients are asked for a certificate.
    public enum ClientAuthentication: String, Sendable, Hashable, CaseIterable {
        /// They are not asked.
        case none
        /// They are asked; one without a certificate is let in, one with a bad certificate is not.
        case request
        /// Without a good certificate the handshake fails.
        case require
    }

    /// At least one. A client that names a host gets the certificate with exactly that name, else the one with a
    /// matching wildcard (`*.example.org`, one label), else the first, which also serves clients that name none.
    public var certificates: [Certificate]
    /// The oldest version that is spoken; default TLS 1.2.
    public var minimumVersion: TLSVersion = .tls12
    /// Application protocols in our order of preference (ALPN, RFC 7301), default HTTP/1.1, and before it HTTP/2 with the
    /// trait `HTTP2`. A client that offers only others is refused (§3.2); one that offers none is let in. Empty: ALPN is
    /// not answered.
    public var applicationProtocols = Self.http

    #if HTTP2
    private static let http = ["h2", "http/1.1"]
    #else
    private static let http = ["http/1.1"]
    #endif
    /// Path of a PEM file with the authorities that client certificates are verified against; needed for
    /// ``ClientAuthentication/request`` and ``ClientAuthentication/require``.
    public var clientCAFile: String?
    /// Whether clients are asked for a certificate; default no.
    public var clientAuthentication: ClientAuthentication = .none

    /// - Parameter certificates: At least one pair; the first is the default.
    public init(certificates: [Certificate]) {
        self.certificates = certificates
    }
}

/// Whom a client trusts.
public enum TLSTrust: Sendable, Hashable {
    /// The authorities that the operating system trusts.
    case system
    /// The certificates in a PEM file, and nobody else.
    case file(String)
    /// Anyone, unverified: the connection is encrypted, but to whom is unknown. For tests.
    case unverified
}
