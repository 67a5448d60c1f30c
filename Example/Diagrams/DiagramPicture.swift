// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A drawing as SVG, for a page: to be read without a script, and to be kept up to date by `diagram.js`.
///
/// Looks are the style sheet's, by `data-state`; only colours from the data stand here, as attributes that hold nothing but
/// a colour. A state is told by a mark, a dash and a word, too.
struct DiagramPicture {
    let drawing: DiagramDrawing
    let locale: SiteLocale

    var svg: String {
        var svg = SVGText()
        svg.element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "role": "presentation", "class": "\(drawing.model)",
                "viewBox": "0 0 \(drawing.width) \(drawing.height)", "width": "\(drawing.width)",
                "height": "\(drawing.height)", "data-rev": "\(drawing.rev)",
            ]
        ) { svg in
            svg.element("defs", [:]) { svg in
                for state in Diagram.State.allCases {
                    svg.element("symbol", ["id": "mark-\(state)", "viewBox": "-8 -8 16 16"]) {
                        $0.element("path", ["d": Self.mark(of: state)])
                    }
                }
            }
            svg.element("g", ["class": "links"]) { svg in
                let links = drawing.links
                for link in links.filter({ !$0.link.state.isPressing }) + links.filter(\.link.state.isPressing) {
                    draw(link, into: &svg)
                }
            }
            svg.element("g", ["class": "nodes"]) { svg in
                for node in drawing.nodes { draw(node, into: &svg) }
            }
        }
        return svg.text
    }

    /// The accessible name of a node: its text, and its state in words.
    func name(of node: Diagram.Node) -> String {
        let text = node.text.replacing("\n", with: " ")
        return "\(text): \(locale.text("state.\(node.state)"))"
    }

    private func draw(_ place: DiagramDrawing.Link, into svg: inout SVGText) {
        let link = place.link
        svg.element(
            "g",
            [
                "data-link": "", "data-from": link.from, "data-to": link.to, "data-state": "\(link.state)",
                "data-back": place.isBack ? "" : nil,
            ]
        ) { svg in
            svg.element(
                "path", ["class": "way", "d": FigurePath.path(through: place.points), "stroke": link.color?.css])
            svg.element("path", ["class": "head", "d": FigurePath.head(of: place.points), "stroke": link.color?.css])
            let label = Self.labelPlace(of: place)
            svg.element(
                "text",
                ["x": "\(label.x)", "y": "\(label.y)", "text-anchor": "middle"], text: link.text)
        }
    }

    /// Above the last piece of the way, where it leads to one node alone; of a link back, above its first piece.
    private static func labelPlace(of link: DiagramDrawing.Link) -> (x: Int, y: Int) {
        let ends = link.isBack ? link.points.prefix(2) : link.points.suffix(2)
        guard let first = ends.first, let last = ends.last else { return (0, 0) }
        return ((first[0] + last[0]) / 2, first[1] - 5)
    }

    private func draw(_ place: DiagramDrawing.Node, into svg: inout SVGText) {
        let node = place.node
        svg.element(
            "g",
            [
                "role": "img", "aria-label": name(of: node), "tabindex": "0", "data-key": node.key,
                "data-state": "\(node.state)", "data-figure": node.figure.rawValue,
                "transform": "translate(\(place.x) \(place.y))",
            ]
        ) { svg in
            svg.element(
                "path",
                [
                    "class": "figure", "d": FigurePath.path(node.figure, place.width, place.height),
                    "fill": node.color?.css, "stroke": node.color?.css,
                ])
            drawText(of: place, into: &svg)
            svg.element("g", ["class": "mark", "transform": "translate(\(place.width) 0)"]) { svg in
                svg.element("circle", ["r": "9"])
                svg.element(
                    "use", ["href": "#mark-\(node.state)", "x": "-8", "y": "-8", "width": "16", "height": "16"])
            }
        }
    }

    /// Strokes in a square of 16 around the origin.
    private static func mark(of state: Diagram.State) -> String {
        switch state {
        case .pending: "M0 0"
        case .waiting: "M0 -5V0L3 3"
        case .running: "M-2 -4L4 0L-2 4Z"
        case .passed: "M-4 0L-1 3L4 -3"
        case .failed: "M-3 -3L3 3M3 -3L-3 3"
        case .skipped: "M-4 0H4"
        }
    }
}
