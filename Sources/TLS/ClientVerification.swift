// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// How a server verifies its clients' certificates (RFC 8446 §4.3.2).
struct ClientVerification {
    private let mode: TLSConfiguration.ClientAuthentication
    private let file: String
    private let authorities: [X509Certificate]
    /// Tells sessions of clients that were verified in this way from all others: a digest of mode and authorities.
    let sessionName: [UInt8]

    init(_ configuration: TLSConfiguration) throws(TLSError) {
        mode = configuration.clientAuthentication
        guard mode != .none else {
            (file, authorities, sessionName) = ("", [], Array("sluice".utf8))
            return
        }
        guard let file = configuration.clientCAFile else {
            throw TLSError(
                .invalidConfiguration, "to verify client certificates a file with their authorities is needed")
        }
        self.file = file
        authorities = try PEMFile(path: file).certificates()
        let text = mode.rawValue + authorities.map { TLSCertificate($0).pem }.joined()
        sessionName = Self.digest(text)
    }

    func apply(to context: SSLContext) throws(TLSError) {
        guard mode != .none else { return }
        try context.trust(authorities, of: file, namedToClients: true)
        SSL_CTX_set_verify(
            context.pointer, SSL_VERIFY_PEER | (mode == .require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nil)
    }

    /// SHA-256: 32 bytes, as many as a session's name may have.
    private static func digest(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256(bytes, bytes.count, &digest)
        return digest
    }
}
