// SPDX-License-Identifier: Apache-2.0

import SluiceCrypto
import Testing

@Suite("Signer")
struct SignerTests {
    private let signer: Signer
    private let now: Int64 = 1_750_000_000

    init() throws {
        signer = try Signer(secret: Array("secret".utf8), salt: "test")
    }

    static let values = [
        "", "hello", "a:b:c", ":", "聊天 👍", "\u{600}", "x\r\n", "e\u{301}", String(repeating: "x", count: 5_000),
    ]

    @Test("A signed value comes back, whatever it holds", arguments: values)
    func roundTrip(value: String) throws {
        #expect(Array(try signer.verify(signer.sign(value)).utf8) == Array(value.utf8))
        let timed = signer.sign(value, now: now)
        #expect(Array(try signer.verify(timed, maxAge: .seconds(10), now: now + 5).utf8) == Array(value.utf8))
    }

    @Test("The form is value:timestamp:signature with 43 characters of base64url")
    func form() {
        let parts = signer.sign("value", now: now).split(separator: ":")
        #expect(parts.count == 3)
        #expect(parts[0] == "value")
        #expect(parts[1] == "1750000000")
        #expect(parts[2].utf8.count == 43)
        #expect(Base64URL.decode(parts[2])?.count == 32)
    }

    @Test("A change of any one byte is refused")
    func tampering() {
        let signed = Array(signer.sign("user=1", now: now).utf8)
        for index in signed.indices {
            for change: UInt8 in [1, 2, 16] {
                var changed = signed
                changed[index] ^= change
                let text = String(decoding: changed, as: UTF8.self)
                #expect(throws: SignatureError.badSignature) { try signer.verify(text, maxAge: nil, now: now) }
            }
        }
    }

    @Test(
        "What is not signed is refused",
        arguments: ["", ":", "::", "value", "value:", "value:1750000000:", ":AAAA", "value:1750000000:\u{301}"])
    func unsigned(text: String) {
        #expect(throws: SignatureError.badSignature) { try signer.verify(text) }
        #expect(throws: SignatureError.badSignature) { try signer.verify(text, maxAge: .seconds(1), now: now) }
    }

    @Test("The age limit is inclusive, and a later refusal says how old the text is")
    func age() throws {
        let signed = signer.sign("v", now: now)
        #expect(try signer.verify(signed, maxAge: .seconds(60), now: now + 60) == "v")
        #expect(throws: SignatureError.expired(age: .seconds(61))) {
            try signer.verify(signed, maxAge: .seconds(60), now: now + 61)
        }
        #expect(try signer.verify(signed, maxAge: nil, now: .max) == "v")
        #expect(try signer.verify(signed, maxAge: .seconds(60), now: now - 5) == "v")
        // The difference of these two does not fit; it must not trap.
        let ancient = signer.sign("v", now: .min)
        #expect(throws: SignatureError.self) { try signer.verify(ancient, maxAge: .seconds(60), now: .max) }
    }

    @Test("A plain signature never passes for a timed one, nor the other way round")
    func forms() {
        #expect(throws: SignatureError.badSignature) {
            try signer.verify(signer.sign("v:\(now)"), maxAge: nil, now: now)
        }
        #expect(throws: SignatureError.badSignature) { try signer.verify(signer.sign("v", now: now)) }
    }

    @Test("Another salt and another secret refuse each other's texts")
    func separation() throws {
        let otherSalt = try Signer(secret: Array("secret".utf8), salt: "test2")
        let otherSecret = try Signer(secret: Array("secret2".utf8), salt: "test")
        #expect(throws: SignatureError.badSignature) { try otherSalt.verify(signer.sign("v")) }
        #expect(throws: SignatureError.badSignature) { try otherSecret.verify(signer.sign("v")) }
    }

    @Test("Rotation: old secrets verify, only the new one signs")
    func rotation() throws {
        let rotated = try Signer(secret: Array("new".utf8), salt: "test", oldSecrets: [Array("secret".utf8)])
        #expect(try rotated.verify(signer.sign("v")) == "v")
        #expect(try rotated.verify(rotated.sign("v")) == "v")
        #expect(throws: SignatureError.badSignature) { try signer.verify(rotated.sign("v")) }
    }

    @Test("An empty secret is refused, also among the old ones")
    func emptySecret() {
        #expect { try Signer(secret: [], salt: "s") } throws: { ($0 as? CryptoError)?.code == .emptyKey }
        #expect {
            try Signer(secret: [1], salt: "s", oldSecrets: [[]])
        } throws: { ($0 as? CryptoError)?.code == .emptyKey }
    }
}
