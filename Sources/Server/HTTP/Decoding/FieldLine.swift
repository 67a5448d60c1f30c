// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// One field line (RFC 9112 §5), still as the bytes that came.
struct FieldLine {
    let name: UnsafeRawBufferPointer
    /// The value without white space around it.
    let value: UnsafeRawBufferPointer
    private let isASCII: Bool

    /// - Throws: for a line that is folded, whose name is no token or has white space behind it (RFC 9112 §5.1), or
    ///   whose value has control characters: of ASCII or, as UTF-8, of Unicode's second block (such as NEL, which some
    ///   take for a line break).
    init(_ line: UnsafeRawBufferPointer) throws(RequestRefusal) {
        var colon = 0
        while colon < line.count, line[colon].isTokenByte { colon += 1 }
        guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else {
            throw .malformed("a header field's name is not valid")
        }
        name = line.part(0..<colon)
        value = line.part(colon + 1..<line.count).trimmed
        var isASCII = true
        for index in 0..<value.count {
            let byte = value[index]
            guard byte.isValueByte else { throw .malformed("a header field has a control character") }
            guard byte >= 0x80 else { continue }
            isASCII = false
            if index > 0, value[index - 1] == 0xC2, byte < 0xA0 {
                throw .malformed("a header field has a control character")
            }
        }
        self.isASCII = isASCII
    }

    /// Whether the name has an underscore: CGI-like hosts take it for a hyphen, so such a field could pose as another.
    var hasUnderscore: Bool { name.contains(UInt8(ascii: "_")) }

    /// The field as the scope has it. Bytes that are no UTF-8 are kept as they are.
    func field(_ known: KnownField?) -> HTTPField? {
        guard let name = known?.name ?? HTTPField.Name(String(decoding: name, as: UTF8.self)) else { return nil }
        return isASCII
            ? HTTPField(name: name, value: String(decoding: value, as: UTF8.self))
            : HTTPField(name: name, value: value)
    }

    /// Calls a function with each element of the value's comma-separated list; empty ones are left out
    /// (RFC 9110 §5.6.1).
    func forEachElement(_ body: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        for index in 0...value.count where index == value.count || value[index] == UInt8(ascii: ",") {
            let element = value.part(start..<index).trimmed
            if !element.isEmpty { body(element) }
            start = index + 1
        }
    }
}

/// What the field lines of one section have come to, against the limits.
struct FieldSection {
    private var bytes = 0
    private var count = 0

    /// Counts a line.
    ///
    /// - Throws: 431 (RFC 6585 §5) over a limit.
    mutating func add(
        _ line: UnsafeRawBufferPointer, _ limits: ServerConfiguration.HTTPLimits
    ) throws(RequestRefusal) {
        try check(unfinished: line.count, limits)
        bytes += line.count
        count += 1
        guard count <= limits.fieldCount else {
            throw RequestRefusal(.requestHeaderFieldsTooLarge, "there are more than \(limits.fieldCount) header fields")
        }
    }

    /// Checks a line of which so many bytes have come.
    func check(
        unfinished lineBytes: Int, _ limits: ServerConfiguration.HTTPLimits
    ) throws(RequestRefusal) {
        guard lineBytes <= limits.fieldBytes else {
            throw RequestRefusal(
                .requestHeaderFieldsTooLarge, "a header field is longer than \(limits.fieldBytes) bytes")
        }
        guard bytes + lineBytes <= limits.headerBytes else {
            throw RequestRefusal(
                .requestHeaderFieldsTooLarge, "the header is longer than \(limits.headerBytes) bytes")
        }
    }
}
