// SPDX-License-Identifier: Apache-2.0

/// What a `Range` field asks for (RFC 9110 §14.2).
enum ByteRange: Equatable {
    /// Everything: no range, one that cannot be read, or several, which a server may leave out.
    case whole
    /// One part, within the file.
    case part(Range<Int>)
    /// A part that the file does not have.
    case unsatisfiable

    init(_ field: String?, size: Int) {
        self = .whole
        guard let field, field.lowercased().hasPrefix("bytes=") else { return }
        let spec = field.dropFirst(6).filter { $0 != " " && $0 != "\t" }
        guard let dash = spec.firstIndex(of: "-") else { return }
        let (first, last) = (spec[..<dash], spec[spec.index(after: dash)...])
        guard let start = Self.number(first), let end = Self.number(last) else { return }
        switch (start, end) {
        case (nil, nil): return
        case (nil, let count?):
            self = count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)..<size)
        case (let start?, let end):
            guard end.map({ $0 >= start }) ?? true else { return }
            self = start >= size ? .unsatisfiable : .part(start..<min(end.map { $0 + 1 } ?? size, size))
        }
    }

    /// The number of a text: nil inside for an empty one, nil outside for what is no number below 10¹⁸.
    private static func number(_ text: Substring) -> Int?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
            return nil
        }
        return .some(number)
    }
}
