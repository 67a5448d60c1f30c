// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// What the handshake has agreed on.
extension TLSEngine {
    /// The application protocol (ALPN, RFC 7301); nil when none was negotiated.
    public var applicationProtocol: String? {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &start, &count)
        guard let start, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }

    /// The version; nil before the handshake is done.
    public var version: TLSVersion? {
        state == .established ? TLSVersion(rawValue: UInt16(truncatingIfNeeded: SSL_version(ssl))) : nil
    }

    /// The cipher suite's number in IANA's registry (`cipher_suite` of ASGI's TLS extension), 0x1301 for
    /// TLS_AES_128_GCM_SHA256; nil before the handshake is done.
    public var cipherSuite: UInt16? {
        SSL_get_current_cipher(ssl).map { SSL_CIPHER_get_protocol_id($0) }
    }

    /// The host name that the client has asked for (SNI, RFC 6066 §3), as it was sent; any text a peer likes.
    public var serverName: String? {
        SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }

    /// Whether an earlier session was resumed instead of a full handshake.
    public var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// Server only: the certificate that was shown, in PEM.
    public var serverCertificate: String? { isServer ? context.certificate(of: SSL_get_SSL_CTX(ssl)) : nil }

    /// The certificates that the peer has shown, its own first; empty when it showed none. Verified if the context
    /// verifies. Of a resumed session only the peer's own is known.
    public var peerCertificates: [TLSCertificate] {
        guard let own = SSL_get0_peer_certificate(ssl) else { return [] }
        var certificates = [TLSCertificate(X509Certificate(sharing: own))]
        // A client's list begins with the peer's own certificate, a server's does not contain it.
        let chain = SSL_get_peer_cert_chain(ssl)
        for index in 0..<max(0, copenssl_X509_count(chain)) {
            guard let certificate = copenssl_X509_at(chain, index), X509_cmp(certificate, own) != 0 else { continue }
            certificates.append(TLSCertificate(X509Certificate(sharing: certificate)))
        }
        return certificates
    }

    /// Client only: what resumes this session later. Ask late: in TLS 1.3 the ticket comes after the handshake.
    public var session: TLSSession? {
        guard !isServer, let session = SSL_get_session(ssl), SSL_SESSION_is_resumable(session) == 1 else {
            return nil
        }
        return SSL_SESSION_dup(session).map(TLSSession.init(owning:))
    }
}
