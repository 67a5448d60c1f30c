// SPDX-License-Identifier: Apache-2.0

import Sluice

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Messages by room as a pie: the eight busiest rooms, and all others in one slice.
struct PieChart {
    static let shownRooms = 8
    /// The characters of a name that the legend has room for; Chinese ones count twice.
    private static let nameWidth = 16

    let slices: [Slice]
    let total: Int
    let locale: SiteLocale

    /// A part of the pie.
    struct Slice: Hashable {
        /// `nil` for all other rooms.
        var room: String?
        var count: Int
        /// 1 for the busiest room; 0 for the others. The colour goes by it.
        var rank: Int
    }

    private static let (width, height) = (400, 220)
    private static let centre = Point(x: 100, y: 110)
    private static let radius = 92.0

    /// - Parameter total: all messages, also those of rooms that are not among `rooms`.
    init(rooms: [(name: String, count: Int)], total: Int, locale: SiteLocale) {
        let busiest = rooms.sorted { ($1.count, $0.name) < ($0.count, $1.name) }.prefix(Self.shownRooms)
        var slices = busiest.enumerated().map {
            Slice(room: $0.element.name, count: $0.element.count, rank: $0.offset + 1)
        }
        let others = total - slices.reduce(0) { $0 + $1.count }
        if others > 0 { slices.append(Slice(room: nil, count: others, rank: 0)) }
        self.slices = slices
        self.total = total
        self.locale = locale
    }

    /// The picture as SVG.
    var svg: String {
        SVGText.image(width: Self.width, height: Self.height, label: summary) { svg in
            guard total > 0 else { return empty(into: &svg) }
            var start = 0
            for slice in slices {
                self.slice(slice, from: start, into: &svg)
                start += slice.count
            }
            for (row, slice) in slices.enumerated() { legend(slice, row: row, into: &svg) }
        }
    }

    /// The picture in words.
    var summary: String {
        guard total > 0 else { return locale.text("pieEmpty") }
        let rooms = slices.map {
            locale.text("pieRoom", ["room": name(of: $0), "count": "\($0.count)", "percent": percent(of: $0)])
        }
        return locale.text(
            "pieSummary", ["total": "\(total)", "rooms": rooms.joined(separator: locale.text("pieSeparator"))])
    }

    private func empty(into svg: inout SVGText) {
        circle("none", title: locale.text("noMessages"), into: &svg)
        write(locale.text("noMessages"), at: Self.centre, "axis", anchor: "middle", into: &svg)
    }

    private func slice(_ slice: Slice, from start: Int, into svg: inout SVGText) {
        let title = "\(name(of: slice)): \(slice.count) (\(percent(of: slice)))"
        let look = "slice c\(slice.rank)"
        if slice.count == total {
            circle(look, title: title, into: &svg)
        } else {
            let (from, to) = (place(Double(start)), place(Double(start + slice.count)))
            let radius = SVGText.number(Self.radius)
            let isLarge = 2 * slice.count > total ? 1 : 0
            let path = "M\(Self.centre.text)L\(from.text)A\(radius) \(radius) 0 \(isLarge) 1 \(to.text)Z"
            svg.element("path", ["d": path, "class": look]) { $0.element("title", [:], text: title) }
        }
        // The slice's number in the legend, where there is room for it.
        guard slice.rank > 0, 14 * slice.count >= total else { return }
        let middle = place(
            Double(start) + Double(slice.count) / 2, radius: slice.count == total ? 0 : 0.68 * Self.radius)
        write("\(slice.rank)", at: middle, "rank", anchor: "middle", into: &svg)
    }

    private func legend(_ slice: Slice, row: Int, into svg: inout SVGText) {
        let y = Self.centre.y + (Double(row) - Double(slices.count - 1) / 2) * 23
        svg.element(
            "rect",
            [
                "x": "212", "y": SVGText.number(y - 8), "width": "16", "height": "16", "rx": "3",
                "class": "slice c\(slice.rank)",
            ])
        if slice.rank > 0 {
            write("\(slice.rank)", at: Point(x: 220, y: y), "rank", anchor: "middle", into: &svg)
        }
        write(shortened(name(of: slice)), at: Point(x: 236, y: y), "name", anchor: "start", into: &svg)
        write(percent(of: slice), at: Point(x: 394, y: y), "axis", anchor: "end", into: &svg)
    }

    // MARK: Words

    private func name(of slice: Slice) -> String { slice.room ?? locale.text("otherRooms") }

    /// Rounded; what is there at all has at least `<1%`.
    private func percent(of slice: Slice) -> String {
        let share = 100 * Double(slice.count) / Double(total)
        return share < 1 ? "<1%" : "\(Int(share.rounded()))%"
    }

    private func shortened(_ name: String) -> String {
        var left = Self.nameWidth
        let head = name.prefix { character in
            left -= character.utf8.count > 2 ? 2 : 1
            return left >= 0
        }
        return head.endIndex == name.endIndex ? name : head.dropLast() + "…"
    }

    // MARK: Geometry

    private struct Point {
        var x, y: Double
        var text: String { "\(SVGText.number(x)) \(SVGText.number(y))" }
    }

    /// Where so many messages end, clockwise from the top.
    private func place(_ count: Double, radius: Double = radius) -> Point {
        let angle = 2 * Double.pi * count / Double(total)
        return Point(x: Self.centre.x + radius * sin(angle), y: Self.centre.y - radius * cos(angle))
    }

    private func circle(_ look: String, title: String, into svg: inout SVGText) {
        let (x, y) = (SVGText.number(Self.centre.x), SVGText.number(Self.centre.y))
        svg.element("circle", ["cx": x, "cy": y, "r": SVGText.number(Self.radius), "class": look]) {
            $0.element("title", [:], text: title)
        }
    }

    private func write(_ text: String, at point: Point, _ look: String, anchor: String, into svg: inout SVGText) {
        svg.element(
            "text",
            [
                "x": SVGText.number(point.x), "y": SVGText.number(point.y), "dy": "0.35em", "text-anchor": anchor,
                "class": look,
            ], text: text)
    }
}
