// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Random bytes that nobody can predict: for keys, session identifiers and tokens.
public enum SecureRandom {
    /// - Parameter count: How many bytes; 0 or fewer gives none.
    /// - Returns: Bytes of libcrypto's generator (`RAND_bytes`). Should that ever fail, the kernel's generator is
    ///   asked instead, which is as good but slower, so there is no error to handle.
    public static func bytes(_ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            buffer.initialize(repeating: 0)
            if count > Int32.max || RAND_bytes(buffer.baseAddress, Int32(count)) != 1 {
                var kernel = SystemRandomNumberGenerator()
                for index in buffer.indices { buffer[index] = UInt8.random(in: .min ... .max, using: &kernel) }
            }
            initialized = count
        }
    }

    /// A random text that may stand in URLs, cookies and file names.
    ///
    /// - Parameter byteCount: Random bytes in it; the default of 32 (256 bits) gives 43 characters.
    /// - Returns: The bytes in base64url without padding (RFC 4648 §5).
    public static func token(byteCount: Int = 32) -> String {
        Base64URL.encode(bytes(byteCount))
    }
}
