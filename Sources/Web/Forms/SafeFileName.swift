// SPDX-License-Identifier: Apache-2.0

/// A file's name from a client, made into one that can stand in a folder (Django's `sanitize_file_name`).
enum SafeFileName {
    /// The longest name of Linux's file systems, in bytes.
    static let byteLimit = 255

    /// The last component of a path of any system, without control and format characters (such as those that turn the
    /// direction of a text and so hide an extension), without dots and spaces in front of it and behind; `file` when
    /// nothing is left.
    static func make(_ name: String) -> String {
        let last = name.unicodeScalars.split(omittingEmptySubsequences: true) { $0 == "/" || $0 == "\\" }.last
        var scalars = (last ?? Substring.UnicodeScalarView())
            .filter { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
                default: true
                }
            }[...]
        func isTrimmed(_ scalar: Unicode.Scalar) -> Bool { scalar == "." || scalar.properties.isWhitespace }
        scalars = scalars.drop(while: isTrimmed)
        while let end = scalars.last, isTrimmed(end) { scalars.removeLast() }
        let text = String(String.UnicodeScalarView(scalars))
        return text.isEmpty ? "file" : shortened(text)
    }

    /// Cuts the stem and keeps the extension, so that the type can still be told.
    static func shortened(_ text: String, to byteLimit: Int = byteLimit) -> String {
        guard text.utf8.count > byteLimit else { return text }
        let dot = text.unicodeScalars.lastIndex(of: ".") ?? text.endIndex
        let ending = text[dot...].utf8.count <= 32 ? text[dot...] : ""
        var stem = text[..<(ending.isEmpty ? text.endIndex : dot)].unicodeScalars
        var count = stem.reduce(0) { $0 + UTF8.width($1) }
        while count > byteLimit - ending.utf8.count, let end = stem.popLast() { count -= UTF8.width(end) }
        return String(stem) + ending
    }
}
