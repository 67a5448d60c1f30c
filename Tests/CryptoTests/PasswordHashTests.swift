// SPDX-License-Identifier: Apache-2.0

import SluiceCrypto
import Testing

@Suite("Password hashes")
struct PasswordHashTests {
    /// Made by Python's hashlib with Django's parameters.
    private let recorded =
        "scrypt$16384$abcSALT123$8$5$5UYxsZYpWLJPgDUuQVu5uSPV8RlMRaQM+9w9OZxbQEQeVJ345rYY0Z5OAN0RqVzKuFJmf/9/fFcDy4DjVsNaBw=="

    @Test("A new hash is scrypt in Django's form, salted anew, and fits its password alone")
    func new() throws {
        let (one, two) = (try PasswordHash("correct horse"), try PasswordHash("correct horse"))
        #expect(one != two && one.isUsable)
        let fields = one.encoded.split(separator: "$")
        #expect(fields.count == 6 && fields[0] == "scrypt" && fields[1] == "16384" && fields[3...4] == ["8", "5"])
        #expect(fields[2].utf8.count >= 16 && fields[2].utf8.count <= 23)
        #expect(one.check("correct horse") == .right)
        #expect(one.check("Correct horse") == .wrong)
        #expect(one.check("") == .wrong)
    }

    @Test("Django's scrypt hash of today is right, weaker ones and PBKDF2 are right but outdated")
    func recordedHashes() {
        #expect(PasswordHash(encoded: recorded).check("pässword 😀") == .right)
        let weaker = PasswordHash(
            encoded:
                "scrypt$1024$abcSALT123$8$1$6Wi4zokFRoeJkUkzUgArc2ik/7tvG6VMcIvmY1Vl8AoV4U9GwZ+v5iA1KdhSknofr6EQw/FHXKdXCyZTc94/hA=="
        )
        #expect(weaker.check("old") == .outdated && weaker.check("new") == .wrong)
        let pbkdf2 = PasswordHash(encoded: "pbkdf2_sha256$1000$salty$9fQBzT0/tyieXlZ9OpOwaUb8qb4T0x65uVbQth0AdaQ=")
        #expect(pbkdf2.check("old") == .outdated && pbkdf2.check("new") == .wrong)
    }

    @Test(
        "What no password fits, and what is no hash at all",
        arguments: [
            "", "!", "!abc", "plain", "scrypt", "scrypt$16384$salt$8$5", "scrypt$16383$salt$8$5$AAAA",
            "scrypt$1073741824$salt$8$5$AAAA", "scrypt$16384$salt$8$0$AAAA", "scrypt$-1$salt$8$5$AAAA",
            "pbkdf2_sha256$0$salt$AAAA", "pbkdf2_sha256$99999999999$salt$AAAA", "md5$salt$AAAA",
            "scrypt$16384$salt$8$5$",
        ])
    func unusable(encoded: String) {
        #expect(PasswordHash(encoded: encoded).check("") == .wrong)
    }

    @Test("Passwords of 4,096 bytes, with zeros and in any script, and none longer")
    func lengths() throws {
        let longest = String(repeating: "é", count: 2_048)
        #expect(try PasswordHash(longest).check(longest) == .right)
        #expect(throws: CryptoError.self) { try PasswordHash(longest + "a") }
        #expect(PasswordHash(encoded: recorded).check(longest + "a") == .wrong)
        let zero = try PasswordHash("a\u{0}b")
        #expect(zero.check("a\u{0}b") == .right && zero.check("a") == .wrong && zero.check("a\u{0}c") == .wrong)
        #expect(!PasswordHash.unusable.isUsable)
    }
}
