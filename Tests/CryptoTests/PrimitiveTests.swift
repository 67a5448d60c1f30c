// SPDX-License-Identifier: Apache-2.0

import SluiceCrypto
import Testing

@Suite("Primitives against published vectors")
struct PrimitiveTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    @Test("FIPS 180-4: SHA-256 of the standard's examples and of nothing")
    func sha256() {
        #expect(hex(SHA256.hash("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(hex(SHA256.hash([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(hex(SHA256.hash("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("RFC 4231: HMAC-SHA256, test cases 1, 2, 3 and 6 (a key longer than a block)")
    func hmacVectors() throws {
        let cases: [(key: [UInt8], data: [UInt8], code: String)] = [
            (
                [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
        for vector in cases {
            let hmac = try HMACSHA256(key: vector.key)
            #expect(hex(hmac.code(for: vector.data)) == vector.code)
            #expect(hmac.isValid(hmac.code(for: vector.data), for: vector.data))
            #expect(!hmac.isValid(hmac.code(for: vector.data + [0]), for: vector.data))
        }
    }

    @Test("A prepared key gives the same code each time, from many threads at once")
    func hmacIsReusable() async throws {
        let hmac = try HMACSHA256(key: Array("key".utf8))
        let expected = (0..<64).map { hmac.code(for: "message \($0)") }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<64).allSatisfy { hmac.code(for: "message \($0)") == expected[$0] } }
            }
            for await isEqual in group { #expect(isEqual) }
        }
    }

    @Test("An empty key is refused")
    func emptyKey() {
        #expect { try HMACSHA256(key: []) } throws: { ($0 as? CryptoError)?.code == .emptyKey }
    }

    @Test("Constant-time comparison answers as == does")
    func constantTime() {
        #expect(ConstantTime.equal([UInt8](), []))
        #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2]))
        #expect(ConstantTime.equal("é聊", "é聊"))
        // Canonically equal to Swift, but not the same bytes.
        #expect(!ConstantTime.equal("e\u{301}", "\u{e9}"))
    }

    @Test("Random bytes have the wanted count, are not all the same, and do not repeat")
    func random() {
        for count in [0, 1, 32, 100_000] { #expect(SecureRandom.bytes(count).count == count) }
        #expect(SecureRandom.bytes(-1).isEmpty)
        #expect(Set(SecureRandom.bytes(1_000)).count > 100)
        #expect(Set((0..<1_000).map { _ in SecureRandom.token() }).count == 1_000)
        #expect(SecureRandom.token().utf8.count == 43)
    }
}
