// SPDX-License-Identifier: Apache-2.0

import SluiceModels
import SluiceSQLite
import Testing

@Suite("Functions that the SQLite driver brings along")
struct SQLiteFunctionTests {
    private func first(_ sql: String) async throws -> String? {
        let database = Database(schema: try Schema([]), driver: SQLiteDriver(path: ":memory:"))
        let text = try await database.run(Statement(sql: "SELECT \(sql)"), writing: false) { reader in
            try reader.next() && !reader.isNull(0) ? reader.text(0) : nil
        }
        await database.close()
        return text
    }

    @Test(
        "Arguments at the ends of their range give NULL or the rest, and end no process",
        arguments: [
            ("sluice_repeat('ab', 9223372036854775807)", nil), ("sluice_repeat('ab', 4611686018427387904)", nil),
            ("sluice_repeat('', 9223372036854775807)", nil), ("sluice_repeat('ab', -9223372036854775807)", ""),
            ("sluice_repeat('ab', 2)", "abab"), ("sluice_mod(-9223372036854775807 - 1, -1)", "0"),
            ("sluice_mod(7, 0)", nil), ("sluice_mod(-7, 3)", "-1"), ("sluice_mod(5.5, 2)", "1.5"),
            ("sluice_lpad('a', 9223372036854775807, 'b')", nil), ("sluice_lpad('a', 3, 'xy')", "xya"),
            ("sluice_right('abc', -9223372036854775807)", ""), ("sluice_right('abc', 9223372036854775807)", "abc"),
            ("sluice_regex('a', '(')", nil), ("sluice_power(10, 1000)", nil), ("sluice_ln(-1)", nil),
        ] as [(String, String?)])
    func extremes(_ sql: String, _ expected: String?) async throws {
        #expect(try await first(sql) == expected)
    }

    @Test(
        "Digests are those of the standards (RFC 1321, FIPS 180-4), of UTF-8",
        arguments: [
            ("md5('abc')", "900150983cd24fb0d6963f7d28e17f72"), ("md5('')", "d41d8cd98f00b204e9800998ecf8427e"),
            ("md5('é')", "66ddcd97cfdeabb2f6fb8a999b4bc76f"),
            ("sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha224('abc')", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            ("sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "sha384('abc')",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            ),
            (
                "sha512('abc')",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ])
    func digests(_ sql: String, _ expected: String) async throws {
        #expect(try await first("sluice_\(sql)") == expected)
    }
}
