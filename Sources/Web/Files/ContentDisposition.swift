// SPDX-License-Identifier: Apache-2.0

/// The field that names a download (RFC 6266).
enum ContentDisposition {
    /// `attachment; filename="report.pdf"`, and for other than plain ASCII also `filename*=UTF-8''…` (RFC 8187), which
    /// goes before the first in every browser of today.
    ///
    /// A path is cut to its last component and control characters are left out, as browsers do.
    static func attachment(_ name: String) -> String {
        let name = SafeFileName.make(name)
        // A percent sign is decoded in the plain form by some browsers and not by others.
        let isPlain = name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f && !"\"\\%".utf8.contains($0) }
        guard !isPlain else { return "attachment; filename=\"\(name)\"" }
        let ascii = name.unicodeScalars.map { scalar in
            scalar.isASCII && !"\"\\%".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
        }
        return "attachment; filename=\"\(String(ascii))\"; filename*=UTF-8''\(PercentCoding.encodeComponent(name))"
    }
}
