// SPDX-License-Identifier: Apache-2.0

/// The line in front of a chunk (RFC 9112 §7.1): its size in hexadecimal, and extensions, which mean nothing here.
struct ChunkHead: Equatable {
    let size: Int
    /// Bytes of the line behind the size.
    let extensionBytes: Int

    /// - Throws: 400 for a size with a sign, a prefix, white space or more than 15 digits, and for extensions that are
    ///   not of RFC 9112 §7.1.1's grammar.
    init(_ line: UnsafeRawBufferPointer) throws(RequestRefusal) {
        var (size, index) = (0, 0)
        while index < line.count, let digit = line[index].hexValue {
            guard index < 15 else { throw .malformed("a chunk's size has too many digits") }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index > 0 else { throw .malformed("a chunk has no size") }
        self.size = size
        extensionBytes = line.count - index
        var extensions = ChunkExtensions(line: line, index: index)
        guard extensions.areValid() else { throw .malformed("a chunk's size or extension is not valid") }
    }
}

/// Walks over `*( BWS ";" BWS name [ BWS "=" BWS value ] )`.
private struct ChunkExtensions {
    let line: UnsafeRawBufferPointer
    var index: Int

    mutating func areValid() -> Bool {
        while index < line.count {
            skipBlanks()
            guard take(UInt8(ascii: ";")) else { return false }
            skipBlanks()
            guard takeToken() else { return false }
            let behindName = index
            skipBlanks()
            guard take(UInt8(ascii: "=")) else {
                // Blanks belong to the next extension, if there is one; at the end they are an error.
                index = behindName
                continue
            }
            skipBlanks()
            guard takeToken() || takeQuoted() else { return false }
        }
        return true
    }

    private mutating func skipBlanks() {
        while index < line.count, line[index].isBlank { index += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < line.count, line[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func takeToken() -> Bool {
        let start = index
        while index < line.count, line[index].isTokenByte { index += 1 }
        return index > start
    }

    private mutating func takeQuoted() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        while index < line.count, line[index].isValueByte {
            if take(UInt8(ascii: "\"")) { return true }
            if take(UInt8(ascii: "\\")), index == line.count { return false }
            guard line[index].isValueByte else { return false }
            index += 1
        }
        return false
    }
}
