// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Comparison of secrets.
public enum ConstantTime {
    /// Whether two byte strings are equal, in a time that depends on their length alone (`CRYPTO_memcmp`), so that
    /// an attacker cannot guess a signature byte by byte from how long the refusal took. The length is no secret.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                left.isEmpty || CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
            }
        }
    }

    /// Whether two texts have the same UTF-8, in a time that depends on their length alone.
    public static func equal(_ left: String, _ right: String) -> Bool {
        equal(Array(left.utf8), Array(right.utf8))
    }
}
