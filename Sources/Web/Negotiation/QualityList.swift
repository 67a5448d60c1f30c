// SPDX-License-Identifier: Apache-2.0

/// A list with weights (RFC 9110 §12.4.2), as in `Accept` and `Accept-Language`.
struct QualityList: Sendable {
    struct Item: Sendable, Hashable {
        /// In lower case, without parameters.
        let value: String
        /// What stands between the value and its weight, each without white space and in lower case: `level=1`.
        let parameters: [String]
        /// The weight in thousandths, 0–1000.
        let quality: Int
    }

    /// Lists are short; what stands behind the first 32 entries is not looked at.
    static let countLimit = 32

    /// The entries, those of the greatest weight first, else in their order.
    let items: [Item]

    init(_ field: String?) {
        var items: [Item] = []
        for part in (field ?? "").utf8.split(separator: UInt8(ascii: ",")).prefix(Self.countLimit) {
            let pieces = part.split(separator: UInt8(ascii: ";")).map { piece in
                String(decoding: piece.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }, as: UTF8.self)
                    .lowercased()
            }
            guard let value = pieces.first, !value.isEmpty else { continue }
            let weight = pieces.dropFirst().firstIndex { $0.hasPrefix("q=") }
            items.append(
                Item(
                    value: value, parameters: Array(pieces[1..<(weight ?? pieces.endIndex)]),
                    quality: weight.map { Self.quality(pieces[$0].utf8.dropFirst(2)) } ?? 1_000))
        }
        // The standard library's sort is stable.
        self.items = items.sorted { $0.quality > $1.quality }
    }

    /// The weight of an exact value or of the first pattern in `patterns` that the list has; nil when it has none.
    func quality(of patterns: String...) -> Int? {
        for pattern in patterns {
            if let item = items.first(where: { $0.value == pattern }) { return item.quality }
        }
        return nil
    }

    /// `1`, `0.5`, `0.333`: at most three digits behind the point; 0 for anything else.
    private static func quality(_ text: Substring.UTF8View) -> Int {
        guard let first = text.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1") else { return 0 }
        var value = Int(first - UInt8(ascii: "0"))
        let rest = text.dropFirst()
        guard rest.isEmpty || rest.first == UInt8(ascii: "."), rest.count <= 4 else { return 0 }
        var digits = Array(rest.dropFirst())
        while digits.count < 3 { digits.append(UInt8(ascii: "0")) }
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return 0 }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return min(value, 1_000)
    }
}
