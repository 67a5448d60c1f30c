// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Authentication codes: HMAC with SHA-256 (RFC 2104). The key is prepared once and then used from any thread.
public final class HMACSHA256: Sendable {
    /// The length of a code in bytes.
    public static let byteCount = 32

    /// The context after the key and before any data.
    /// nonisolated(unsafe): never modified after `init`; each use works on a copy (`EVP_MAC_CTX_dup` takes it const).
    private nonisolated(unsafe) let keyed: OpaquePointer

    /// Looked up once: a look-up walks libcrypto's providers.
    /// nonisolated(unsafe): an immutable, reference-counted method table that lives as long as the process.
    private nonisolated(unsafe) static let algorithm: OpaquePointer? = EVP_MAC_fetch(nil, "HMAC", nil)

    /// - Parameter key: The secret, at best 32 random bytes.
    /// - Throws: ``CryptoError/Code/emptyKey`` and, where libcrypto is set up without HMAC or SHA-256,
    ///   ``CryptoError/Code/unavailable``.
    public init(key: [UInt8]) throws(CryptoError) {
        guard !key.isEmpty else { throw CryptoError(code: .emptyKey, message: "the key for HMAC-SHA256 is empty") }
        guard let algorithm = Self.algorithm, let context = EVP_MAC_CTX_new(algorithm) else { throw Self.unavailable }
        var digest = Array("SHA256".utf8CString)
        let ready = digest.withUnsafeMutableBufferPointer { digest in
            var parameters = [
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, key, key.count, &parameters) == 1
        }
        guard ready else {
            EVP_MAC_CTX_free(context)
            throw Self.unavailable
        }
        keyed = context
    }

    deinit { EVP_MAC_CTX_free(keyed) }

    /// - Returns: The code of the bytes, 32 bytes.
    public func code(for bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { code, initialized in
            let context = EVP_MAC_CTX_dup(keyed)
            defer { EVP_MAC_CTX_free(context) }
            let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            // With a key in place these fail only when libcrypto cannot allocate; Swift traps there too.
            let made =
                context != nil && EVP_MAC_update(context, start, bytes.count) == 1
                && EVP_MAC_final(context, code.baseAddress, &initialized, code.count) == 1
            precondition(made && initialized == Self.byteCount, "libcrypto: HMAC-SHA256 failed")
        }
    }

    /// - Returns: The code of the bytes, 32 bytes.
    public func code(for bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { code(for: $0) }
    }

    /// - Returns: The code of the text's UTF-8, 32 bytes.
    public func code(for text: String) -> [UInt8] {
        withUTF8(of: text) { code(for: $0) }
    }

    /// - Returns: Whether `code` belongs to the bytes, compared in constant time.
    public func isValid(_ code: [UInt8], for bytes: [UInt8]) -> Bool {
        ConstantTime.equal(self.code(for: bytes), code)
    }

    private static let unavailable = CryptoError(
        code: .unavailable, message: "libcrypto offers no HMAC with SHA-256; see its configuration (openssl.cnf)")
}
