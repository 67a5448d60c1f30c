// SPDX-License-Identifier: Apache-2.0

/// The media types that a client takes (RFC 9110 §12.5.1).
struct AcceptedTypes: Sendable {
    /// Each with how exactly it says what it means: `*/*`, `text/*`, `text/html`, `text/html;level=1`.
    private let ranges: [(item: QualityList.Item, precision: Int)]

    /// Reads an `Accept` field; without one, or with one that says nothing, everything is as good.
    init(_ field: String?) {
        ranges = QualityList(field).items.compactMap { item in
            let parts = item.value.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
            if item.value == "*/*" { return (item, 0) }
            guard parts[0] != "*" else { return nil }
            return (item, parts[1] == "*" ? 1 : 2 + item.parameters.count)
        }
    }

    /// The weight of a type in thousandths, by the range that says most exactly what is thought of it; 0: not taken.
    ///
    /// - Parameter type: such as `text/html`, with parameters or without, in any case.
    func quality(of type: String) -> Int {
        guard !ranges.isEmpty else { return 1_000 }
        guard let own = QualityList(type).items.first else { return 0 }
        let fitting = ranges.filter { range, precision in
            switch precision {
            case 0: true
            case 1: own.value.hasPrefix(range.value.dropLast())
            default: own.value == range.value && range.parameters.allSatisfy(own.parameters.contains)
            }
        }
        // Of two that are as exact the one with the greater weight stands in front.
        var best: (item: QualityList.Item, precision: Int)?
        for range in fitting where range.precision > best?.precision ?? -1 { best = range }
        return best?.item.quality ?? 0
    }
}
