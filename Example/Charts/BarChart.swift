// SPDX-License-Identifier: Apache-2.0

import Sluice

/// Messages a minute as bars: the last 30 minutes, the present one at the right.
struct BarChart {
    static let minutes = 30

    /// Oldest first; the last is the minute that is not over yet.
    let counts: [Int]
    let locale: SiteLocale

    // The picture in its own units, and what of it the bars have.
    private static let (width, height) = (400, 220)
    private static let (left, right, top, bottom) = (36.0, 394.0, 12.0, 190.0)

    /// The picture as SVG.
    var svg: String {
        SVGText.image(width: Self.width, height: Self.height, label: summary) { svg in
            for value in stride(from: 0, through: scaleEnd, by: step) { line(at: value, into: &svg) }
            for index in counts.indices { bar(index, into: &svg) }
            for index in counts.indices where minutesAgo(index).isMultiple(of: 10) || minutesAgo(index) == 0 {
                let anchor = minutesAgo(index) == 0 ? "end" : "middle"
                let x = minutesAgo(index) == 0 ? Self.right : position(of: index) + slot / 2
                svg.element(
                    "text", ["x": SVGText.number(x), "y": "208", "text-anchor": anchor, "class": "axis"],
                    text: name(of: index))
            }
        }
    }

    /// The picture in words.
    var summary: String {
        locale.text(
            "barsSummary",
            [
                "total": "\(counts.reduce(0, +))", "peak": "\(peak)", "now": "\(counts.last ?? 0)",
            ])
    }

    private func line(at value: Int, into svg: inout SVGText) {
        let y = SVGText.number(y(of: value))
        svg.element(
            "line",
            [
                "x1": SVGText.number(Self.left), "x2": SVGText.number(Self.right), "y1": y, "y2": y,
                "class": value == 0 ? "base" : "grid",
            ])
        svg.element(
            "text",
            [
                "x": SVGText.number(Self.left - 6), "y": y, "dy": "0.35em", "text-anchor": "end", "class": "axis",
            ], text: "\(value)")
    }

    private func bar(_ index: Int, into svg: inout SVGText) {
        let top = y(of: counts[index])
        svg.element(
            "rect",
            [
                "x": SVGText.number(position(of: index) + 1), "y": SVGText.number(top),
                "width": SVGText.number(slot - 2), "height": SVGText.number(Self.bottom - top),
                "class": index == counts.count - 1 ? "bar now" : "bar", "data-count": "\(counts[index])",
            ]
        ) { $0.element("title", [:], text: "\(name(of: index)): \(counts[index])") }
    }

    private func minutesAgo(_ index: Int) -> Int { counts.count - 1 - index }

    private func name(of index: Int) -> String {
        let minutes = minutesAgo(index)
        return minutes == 0 ? locale.text("thisMinute") : locale.text("minutesAgo", ["n": "\(minutes)"])
    }

    // MARK: Scales

    private var slot: Double { (Self.right - Self.left) / Double(max(1, counts.count)) }

    private func position(of index: Int) -> Double { Self.left + slot * Double(index) }

    private func y(of value: Int) -> Double {
        Self.bottom - (Self.bottom - Self.top) * Double(value) / Double(scaleEnd)
    }

    /// The least of 1, 2, 5, 10, 20, 50 … of which four reach the highest bar.
    private var step: Int {
        var power = 1
        while true {
            for factor in [1, 2, 5] where factor * power * 4 >= peak { return factor * power }
            power *= 10
        }
    }

    private var peak: Int { counts.max() ?? 0 }

    private var scaleEnd: Int { (max(1, peak) + step - 1) / step * step }
}
