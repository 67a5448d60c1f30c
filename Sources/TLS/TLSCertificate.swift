// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A certificate that a peer has shown, as values (ASGI's TLS extension: `client_cert_chain`, `client_cert_name`).
public struct TLSCertificate: Sendable, Hashable {
    /// The certificate in PEM.
    public let pem: String
    /// The subject's distinguished name as RFC 4514 writes it: `CN=alice,O=Example`.
    public let subject: String
    /// The host names among the subject alternative names, wildcards included.
    public let dnsNames: [String]
    /// The IP addresses among the subject alternative names: 4 or 16 bytes each in network order.
    public let addresses: [[UInt8]]

    init(_ certificate: X509Certificate) {
        pem = withMemoryBIO { PEM_write_bio_X509($0, certificate.pointer) }
        subject = withMemoryBIO {
            X509_NAME_print_ex($0, X509_get_subject_name(certificate.pointer), 0, copenssl_rfc2253_utf8)
        }
        (dnsNames, addresses) = certificate.alternativeNames()
    }
}
