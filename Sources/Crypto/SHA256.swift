// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// The hash function SHA-256 (FIPS 180-4). For passwords use a slow function, for authentication ``HMACSHA256``.
public enum SHA256 {
    /// The length of a digest in bytes.
    public static let byteCount = 32

    /// - Returns: The digest of the bytes, 32 bytes.
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { digest, initialized in
            let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let made = COpenSSL.SHA256(start, bytes.count, digest.baseAddress)
            // With memory given for the result it fails only when libcrypto cannot allocate; Swift traps there too.
            precondition(made != nil, "libcrypto: SHA-256 failed")
            initialized = byteCount
        }
    }

    /// - Returns: The digest of the bytes, 32 bytes.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { hash($0) }
    }

    /// - Returns: The digest of the text's UTF-8, 32 bytes.
    public static func hash(_ text: String) -> [UInt8] {
        withUTF8(of: text) { hash($0) }
    }
}

/// The text's UTF-8 in place where the string has it contiguous (every native string).
func withUTF8<Result>(of text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    var text = text
    return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
}
