// SPDX-License-Identifier: Apache-2.0

import SluiceCrypto

/// The name of a session that only its browser knows: 32 random bytes in base64url.
public enum SessionToken {
    /// A new one.
    public static func make() -> String { Base64URL.encode(SecureRandom.bytes(32)) }

    /// What a store keeps of it: its SHA-256 in base64url, 43 characters, whatever was sent as a token.
    public static func hash(_ token: String) -> String { Base64URL.encode(SHA256.hash(token)) }
}
