// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Owns one `SSL_CTX`: the settings that every context of this module shares, and what is put into it.
final class SSLContext {
    /// TLS 1.2: ephemeral key exchange and authenticated encryption only. (TLS 1.3 has no others.)
    private static let ciphers12 = """
        ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
        ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
        """
    private static let ciphers13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    private static let groups = "X25519:P-256:P-384"
    /// Against those who keep today's traffic for a quantum computer; OpenSSL has it since 3.5.
    private static let hybridGroup = "X25519MLKEM768"

    let pointer: OpaquePointer

    init(server: Bool, minimumVersion: TLSVersion) throws(TLSError) {
        ErrorQueue.clear()
        guard let pointer = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()) else {
            throw TLSError(.invalidConfiguration, "OpenSSL: \(ErrorQueue.takeText())")
        }
        self.pointer = pointer
        let accepted =
            copenssl_CTX_set_min_proto_version(pointer, Int32(minimumVersion.rawValue)) == 1
            && copenssl_CTX_set_max_proto_version(pointer, TLS1_3_VERSION) == 1
            && SSL_CTX_set_cipher_list(pointer, Self.ciphers12) == 1
            && SSL_CTX_set_ciphersuites(pointer, Self.ciphers13) == 1
            && (copenssl_CTX_set_groups(pointer, Self.hybridGroup + ":" + Self.groups) == 1
                || copenssl_CTX_set_groups(pointer, Self.groups) == 1)
        guard accepted else {
            throw TLSError(.invalidConfiguration, "OpenSSL refuses the protocol settings: \(ErrorQueue.takeText())")
        }
        ErrorQueue.clear()
        // Not what the system's configuration happens to say: 112 bits, so no SHA-1 and no RSA below 2,048 bits.
        SSL_CTX_set_security_level(pointer, 2)
        SSL_CTX_set_options(pointer, server ? copenssl_server_options : copenssl_client_options)
        copenssl_CTX_set_modes(pointer)
        // Tickets carry the session (RFC 5077, RFC 8446 §4.6.1): nothing to keep per client, and one is enough.
        copenssl_CTX_session_cache_off(pointer)
        SSL_CTX_set_num_tickets(pointer, 1)
        SSL_CTX_set_info_callback(pointer, countControlStep)
    }

    deinit { SSL_CTX_free(pointer) }

    /// Loads a pair and checks it as far as it can be checked before a client comes.
    ///
    /// - Returns: The certificate itself, without its chain.
    func use(_ pair: TLSConfiguration.Certificate, now: Int64) throws(TLSError) -> X509Certificate {
        let chain = try PEMFile(path: pair.chainFile).certificates()
        let key = try PEMFile(path: pair.keyFile).privateKey()
        let leaf = chain[0]
        switch leaf.validity(now: now) {
        case .expired:
            throw TLSError(.certificateExpired, "\(pair.chainFile): the certificate expired on \(leaf.notAfter)")
        case .notYet:
            throw TLSError(
                .certificateNotYetValid, "\(pair.chainFile): the certificate is not valid before \(leaf.notBefore)")
        case .valid: break
        }
        ErrorQueue.clear()
        guard SSL_CTX_use_certificate(pointer, leaf.pointer) == 1 else {
            throw TLSError(.invalidConfiguration, "\(pair.chainFile): \(ErrorQueue.takeText())")
        }
        guard X509_check_private_key(leaf.pointer, key.pointer) == 1 else {
            ErrorQueue.clear()
            throw TLSError(
                .keyMismatch, "\(pair.keyFile): the private key does not belong to the certificate in \(pair.chainFile)"
            )
        }
        guard SSL_CTX_use_PrivateKey(pointer, key.pointer) == 1 else {
            throw TLSError(.invalidConfiguration, "\(pair.keyFile): \(ErrorQueue.takeText())")
        }
        for certificate in chain.dropFirst()
        where copenssl_CTX_add_chain_certificate(pointer, certificate.pointer) != 1 {
            throw TLSError(.invalidConfiguration, "\(pair.chainFile): \(ErrorQueue.takeText())")
        }
        return leaf
    }

    /// Seals tickets with these keys.
    ///
    /// - Parameters:
    ///   - keys: Not retained: must live longer than the context.
    ///   - name: At most 32 bytes. A session is resumed only where it has the same name: one whose client was verified
    ///     against other authorities is no proof here.
    func useTickets(sealedWith keys: TicketKeys, sessionName name: [UInt8]) {
        SSL_CTX_set_ex_data(pointer, 0, Unmanaged.passUnretained(keys).toOpaque())
        _ = copenssl_CTX_set_ticket_callback(pointer, useTicketKey)
        SSL_CTX_set_session_id_context(pointer, name, UInt32(name.count))
    }

    /// Trusts these certificates; a server also names them to its clients.
    func trust(_ authorities: [X509Certificate], of file: String, namedToClients: Bool) throws(TLSError) {
        let store = SSL_CTX_get_cert_store(pointer)
        for authority in authorities {
            ErrorQueue.clear()
            let added =
                X509_STORE_add_cert(store, authority.pointer) == 1
                && (!namedToClients || SSL_CTX_add_client_CA(pointer, authority.pointer) == 1)
            guard added else { throw TLSError(.invalidConfiguration, "\(file): \(ErrorQueue.takeText())") }
        }
    }
}
