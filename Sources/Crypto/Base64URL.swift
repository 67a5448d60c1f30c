// SPDX-License-Identifier: Apache-2.0

/// Base64 with the alphabet for URLs and file names, without padding (RFC 4648 §5, as JOSE and cookies use it).
public enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The value of each ASCII character; 0xff for those outside the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// - Returns: The bytes as text, 4 characters for 3 bytes, no `=` at the end.
    public static func encode(_ bytes: [UInt8]) -> String {
        let length = (bytes.count * 4 + 2) / 3
        return String(unsafeUninitializedCapacity: length) { text in
            var (bits, bitCount, written): (UInt32, UInt32, Int) = (0, 0, 0)
            for byte in bytes {
                bits = bits << 8 | UInt32(byte)
                bitCount += 8
                while bitCount >= 6 {
                    bitCount -= 6
                    text[written] = alphabet[Int(bits >> bitCount & 63)]
                    written += 1
                }
            }
            if bitCount > 0 {
                text[written] = alphabet[Int(bits << (6 - bitCount) & 63)]
                written += 1
            }
            return written
        }
    }

    /// Decodes strictly: each byte string has exactly one text that is accepted, so that a signed text cannot be
    /// varied (RFC 4648 §3.5).
    ///
    /// - Returns: The bytes, or nil for padding, white space, other characters, an impossible length, or bits set
    ///   after the last byte.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let characters = text.utf8
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count * 3 / 4)
        var (bits, bitCount): (UInt32, UInt32) = (0, 0)
        for character in characters {
            let value = values[Int(character)]
            guard value != 0xff else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        // Six bits left over are a lone last character; any bit set among fewer is a second spelling.
        guard bitCount < 6, bits & (1 << bitCount - 1) == 0 else { return nil }
        return bytes
    }
}
