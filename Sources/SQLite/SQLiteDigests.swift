// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Digests of texts as hexadecimal digits, for queries that ask for them.
enum SQLiteDigests {
    static var all: [SQLiteFunctions.Function] {
        ["MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"].map { name in
            SQLiteFunctions.Function(name: "sluice_" + name.lowercased(), arity: 1) { arguments in
                hex(arguments[0].text, name).map { .text($0) } ?? .null
            }
        }
    }

    /// nil if the system's OpenSSL does not have the digest.
    private static func hex(_ text: String, _ name: String) -> String? {
        var text = text
        var digest = [UInt8](repeating: 0, count: 64)
        var count = 0
        let isDone = text.withUTF8 { EVP_Q_digest(nil, name, nil, $0.baseAddress, $0.count, &digest, &count) }
        guard isDone == 1 else { return nil }
        return digest.prefix(count).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
