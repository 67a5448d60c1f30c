// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SluiceWebSocket

@Suite("Handshake keys")
struct HandshakeKeyTests {
    @Test(
        "RFC 6455 §4.2.2: the accept value of a key",
        arguments: [
            ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("mnwFxiOlctXFN/DeMt1Amg==", "oRjiwsm8ZS/eLqIQ6p82z1wgGHE="),
        ])
    func accept(key: String, value: String) {
        #expect(WebSocketHandshake.accept(forKey: key) == value)
    }

    @Test(
        "RFC 3174 §7.3: SHA-1 test vectors",
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            (
                String(repeating: "0123456701234567012345670123456701234567012345670123456701234567", count: 10),
                "dea356a2cddd90c7a7ecedc5ebb563934f460452"
            ),
        ])
    func sha1(message: String, digest: String) {
        let hexadecimal = SHA1.digest(message.utf8).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        #expect(hexadecimal.joined() == digest)
    }

    @Test("RFC 3174 §4: a million letters, so that many blocks chain")
    func sha1OfMillion() {
        let digest = SHA1.digest([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        #expect(digest.prefix(4) == [0x34, 0xAA, 0x97, 0x3C] && digest.suffix(4) == [0x65, 0x34, 0x01, 0x6F])
    }

    @Test(
        "RFC 4648 §10: base64 test vectors",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
    }

    @Test("RFC 6455 §4.1: a made key is 16 random bytes in base64")
    func madeKey() {
        let keys = (0..<100).map { _ in WebSocketHandshake.makeKey() }
        #expect(keys.allSatisfy { Base64.isSixteenBytes($0) })
        #expect(Set(keys).count == 100)
    }
}
