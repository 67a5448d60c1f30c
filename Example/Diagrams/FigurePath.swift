// SPDX-License-Identifier: Apache-2.0

/// Outlines as SVG paths; `diagram.js` draws the same ones for what comes later.
enum FigurePath {
    /// The outline of a figure in a box.
    static func path(_ figure: Diagram.Figure, _ width: Int, _ height: Int) -> String {
        let (w, h) = (Double(width), Double(height))
        switch figure {
        case .rectangle: return "M0 0H\(width)V\(height)H0Z"
        case .roundedRectangle:
            let r = min(10, w / 2, h / 2)
            return join(
                "M", r, 0, "H", w - r, "A", r, r, "0 0 1", w, r, "V", h - r, "A", r, r, "0 0 1", w - r, h, "H", r, "A",
                r, r, "0 0 1", 0, h - r, "V", r, "A", r, r, "0 0 1", r, 0, "Z")
        case .ellipse:
            return join("M0", h / 2, "A", w / 2, h / 2, "0 0 1", w, h / 2, "A", w / 2, h / 2, "0 0 1 0", h / 2, "Z")
        case .diamond: return join("M", w / 2, "0 L", w, h / 2, w / 2, h, "0", h / 2, "Z")
        case .club:
            // Three leaves that meet in the middle, and a stem.
            let (r, s) = (w * 0.215, h * 0.27)
            return join(
                "M", w * 0.45, h * 0.62, "A", r, s, "0 1 1", w * 0.36, h * 0.36, "A", r, h * 0.2, "0 1 1", w * 0.64,
                h * 0.36,
                "A", r, s, "0 1 1", w * 0.55, h * 0.62, "Q", w * 0.56, h * 0.85, w * 0.66, h, "H", w * 0.34, "Q",
                w * 0.44, h * 0.85, w * 0.45, h * 0.62, "Z")
        }
    }

    /// The way of a link, with its corners rounded.
    static func path(through points: [[Int]]) -> String {
        guard let start = points.first, let end = points.last else { return "" }
        var path = "M\(start[0]) \(start[1])"
        for (before, (corner, after)) in zip(points, zip(points.dropFirst(), points.dropFirst(2))) {
            let (enter, leave) = (near(corner, to: before), near(corner, to: after))
            path += "L\(enter[0]) \(enter[1])Q\(corner[0]) \(corner[1]) \(leave[0]) \(leave[1])"
        }
        return path + "L\(end[0]) \(end[1])"
    }

    /// An open arrow head at the end of a link.
    static func head(of points: [[Int]]) -> String {
        guard let end = points.last else { return "" }
        return "M\(end[0] - 7) \(end[1] - 5)L\(end[0]) \(end[1])L\(end[0] - 7) \(end[1] + 5)"
    }

    /// The point on the way from a corner where its rounding ends: at most 6 away, and at most half the way.
    private static func near(_ corner: [Int], to other: [Int]) -> [Int] {
        zip(corner, other).map { corner, other in corner + max(-6, min(6, (other - corner) / 2)) }
    }

    private static func join(_ parts: any CustomStringConvertible...) -> String {
        parts.map { ($0 as? Double).map(SVGText.number) ?? $0.description }.joined(separator: " ")
    }
}
