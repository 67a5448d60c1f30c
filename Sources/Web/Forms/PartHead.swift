// SPDX-License-Identifier: Apache-2.0

/// What the header of one part says (RFC 7578 §4).
struct PartHead: Sendable, Equatable {
    /// The field's name, decoded.
    let name: String
    /// The name of the file as the client gave it; nil for a field that is no file.
    let fileName: String?
    /// The media type as the client gave it, `text/plain` when it gave none (RFC 7578 §4.4).
    let contentType: String

    /// Reads header lines, each with its line break.
    ///
    /// - Throws: 400 `bad_multipart` for lines that are no fields, a part without a name, and encodings that RFC 7578 §4.7
    ///   forbids.
    init(parsing bytes: some BidirectionalCollection<UInt8>) throws(HTTPError) {
        var disposition: HeaderParameters?
        var contentType: String?
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            guard line.last == UInt8(ascii: "\r"), let colon = line.firstIndex(of: UInt8(ascii: ":")),
                !line.dropLast().contains(where: { ($0 < 0x20 && $0 != UInt8(ascii: "\t")) || $0 == 0x7f })
            else { throw MultipartParser.malformed("a header line is no field") }
            let value = line[line.index(after: colon)...].dropLast()
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition":
                guard disposition == nil else { throw MultipartParser.malformed("two Content-Disposition fields") }
                disposition = HeaderParameters(value)
            case "content-type":
                contentType = HeaderParameters.trimmed(String(decoding: value, as: UTF8.self))
            case "content-transfer-encoding":
                let encoding = HeaderParameters(value).value
                guard ["binary", "7bit", "8bit"].contains(encoding) else {
                    throw MultipartParser.malformed("the transfer encoding '\(encoding)' is forbidden in forms")
                }
            default: break
            }
        }
        guard let disposition, disposition.value == "form-data", let name = disposition["name"] else {
            throw MultipartParser.malformed("a part is no form-data with a name")
        }
        self.name = Self.unescaped(name)
        fileName = disposition.extended("filename") ?? disposition["filename"].map(Self.unescaped)
        self.contentType = contentType.flatMap { $0.isEmpty ? nil : $0 } ?? "text/plain"
    }

    /// Browsers escape three characters in names, and no others (HTML, "multipart form data").
    private static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var result = ""
        var rest = Substring(text)
        while let mark = rest.unicodeScalars.firstIndex(of: "%") {
            result += rest[..<mark]
            let escape = rest[mark...].unicodeScalars.prefix(3)
            let replacement: String? =
                switch String(escape).uppercased() {
                case "%22": "\""
                case "%0D": "\r"
                case "%0A": "\n"
                default: nil
                }
            result += replacement ?? "%"
            rest = rest[(replacement == nil ? rest.unicodeScalars.index(after: mark) : escape.endIndex)...]
        }
        return result + rest
    }
}
