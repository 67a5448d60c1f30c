// SPDX-License-Identifier: Apache-2.0

/// The text in a node.
extension DiagramPicture {
    func drawText(of place: DiagramDrawing.Node, into svg: inout SVGText) {
        let node = place.node
        let lines = node.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let block = block(lines, node.panel)
        // A club is widest above its middle.
        let middle = (x: place.width / 2, y: node.figure == .club ? place.height * 9 / 20 : place.height / 2)
        let needsGround = node.textBackground != nil || node.panel == .auto
        if needsGround {
            svg.element(
                "rect",
                [
                    "class": "frame", "x": "\(middle.x - block.width / 2 - 4)",
                    "y": "\(middle.y - block.height / 2 - 2)",
                    "width": "\(block.width + 8)", "height": "\(block.height + 4)", "fill": node.textBackground?.css,
                ])
        }
        var x = middle.x - block.width / 2
        for (index, line) in lines.enumerated() {
            let width = TextSize.width(of: line)
            let place =
                node.panel == .horizontal
                ? (x: x + width / 2, y: middle.y)
                : (x: middle.x, y: middle.y - block.height / 2 + index * TextSize.line + TextSize.line / 2)
            svg.element(
                "text",
                [
                    "x": "\(place.x)", "y": "\(place.y)", "dy": "0.35em", "text-anchor": "middle",
                    "fill": node.textColor?.css,
                ], text: line)
            x += width + 12
        }
    }

    private func block(_ lines: [String], _ panel: Diagram.Panel) -> (width: Int, height: Int) {
        let widths = lines.map { TextSize.width(of: $0) }
        guard panel == .horizontal else { return (widths.max() ?? 0, TextSize.line * lines.count) }
        return (widths.reduce(0, +) + 12 * (lines.count - 1), TextSize.line)
    }
}
