// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceCrypto
import Testing

@Suite("Base64url")
struct Base64URLTests {
    @Test(
        "RFC 4648 §10: the test vectors, without padding",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ])
    func vectors(plain: String, encoded: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
        #expect(Base64URL.decode(encoded) == Array(plain.utf8))
    }

    @Test("Agrees with Foundation's Base64 for random bytes of each length, and comes back")
    func agreement() {
        for count in 0...300 {
            let bytes = SecureRandom.bytes(count)
            let expected = Data(bytes).base64EncodedString()
                .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
                .replacingOccurrences(of: "=", with: "")
            #expect(Base64URL.encode(bytes) == expected)
            #expect(Base64URL.decode(expected) == bytes)
        }
    }

    @Test(
        "RFC 4648 §3.5: everything but the one spelling is refused",
        arguments: ["Zg==", "Z", "Zm9vY", "Zh", "Zm9", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm9v\u{0}", "Zé", "Zm9v="])
    func strict(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
