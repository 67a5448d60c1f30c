// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import SluiceCrypto

/// Makes a P-256 key and an X.509 certificate for it (RFC 5280).
struct CertificateBuilder {
    var commonName: String
    /// As OpenSSL writes subject alternative names: `DNS:localhost,IP:127.0.0.1`. Empty: none.
    var alternativeNames = ""
    /// Unix time in seconds.
    var notBefore: Int64
    /// Unix time in seconds.
    var notAfter: Int64
    /// Whether it may sign others.
    var isAuthority = false

    /// A certificate with its key.
    struct Pair {
        let certificate: X509Certificate
        let key: PrivateKey

        var certificatePEM: String { withMemoryBIO { PEM_write_bio_X509($0, certificate.pointer) } }
        var keyPEM: String {
            withMemoryBIO { PEM_write_bio_PKCS8PrivateKey($0, key.pointer, nil, nil, 0, nil, nil) }
        }
    }

    /// - Parameter issuer: Who signs; nil: itself.
    func make(issuer: Pair? = nil) throws(TLSError) -> Pair {
        ErrorQueue.clear()
        guard let key = copenssl_P256_generate().map(PrivateKey.init(owning:)),
            let certificate = X509_new().map(X509Certificate.init(owning:)),
            fill(certificate, key: key, issuer: issuer?.certificate ?? certificate),
            X509_sign(certificate.pointer, (issuer?.key ?? key).pointer, EVP_sha256()) > 0
        else { throw TLSError(.invalidConfiguration, "a certificate cannot be made: \(ErrorQueue.takeText())") }
        return Pair(certificate: certificate, key: key)
    }

    private func fill(_ certificate: X509Certificate, key: PrivateKey, issuer: X509Certificate) -> Bool {
        let x509 = certificate.pointer
        // 127 random bits: never zero in practice, never negative (RFC 5280 §4.1.2.2).
        var serial = SecureRandom.bytes(16)
        serial[0] &= 0x7f
        let number = BN_bin2bn(serial, Int32(serial.count), nil)
        defer { BN_free(number) }
        let name = Array(commonName.utf8)
        return X509_set_version(x509, Int(X509_VERSION_3)) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != nil
            && ASN1_TIME_set(X509_getm_notBefore(x509), time_t(notBefore)) != nil
            && ASN1_TIME_set(X509_getm_notAfter(x509), time_t(notAfter)) != nil
            && X509_NAME_add_entry_by_txt(
                X509_get_subject_name(x509), "CN", MBSTRING_UTF8, name, Int32(name.count), -1, 0) == 1
            && X509_set_issuer_name(x509, X509_get_subject_name(issuer.pointer)) == 1
            && X509_set_pubkey(x509, key.pointer) == 1
            && extensions.allSatisfy { add($0, value: $1, to: x509, issuer: issuer.pointer) }
    }

    private var extensions: [(Int32, String)] {
        var extensions = [
            (NID_basic_constraints, isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE"),
            (NID_key_usage, isAuthority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature"),
            (NID_subject_key_identifier, "hash"),
            (NID_authority_key_identifier, "keyid"),
        ]
        if !isAuthority { extensions.append((NID_ext_key_usage, "serverAuth,clientAuth")) }
        if !alternativeNames.isEmpty { extensions.append((NID_subject_alt_name, alternativeNames)) }
        return extensions
    }

    private func add(_ kind: Int32, value: String, to certificate: OpaquePointer, issuer: OpaquePointer) -> Bool {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, certificate, nil, nil, 0)
        guard let made = X509V3_EXT_conf_nid(nil, &context, kind, value) else { return false }
        defer { X509_EXTENSION_free(made) }
        return X509_add_ext(certificate, made, -1) == 1
    }
}
