// SPDX-License-Identifier: Apache-2.0

import Mustache

/// Escapes text for HTML byte by byte, so that a mark is found in front of anything.
///
/// The library's own escaping compares characters, and a quotation mark with a combining accent behind it is another
/// character to it than a quotation mark: it would go out as it is and end an attribute.
struct HTMLEscaping: MustacheContentType {
    func escapeText(_ text: String) -> String {
        guard text.utf8.contains(where: { Self.replacement(of: $0) != nil }) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 32)
        for byte in text.utf8 {
            if let replacement = Self.replacement(of: byte) {
                bytes.append(contentsOf: replacement.utf8)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func replacement(of byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }

    /// Puts this escaping in the place of the library's; once in a process.
    static let registered: Void = MustacheContentTypes.register(HTMLEscaping(), named: "HTML")
}
