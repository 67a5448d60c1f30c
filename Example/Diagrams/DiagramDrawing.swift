// SPDX-License-Identifier: Apache-2.0

/// A diagram with the place of everything: what is drawn, and what browsers are told.
struct DiagramDrawing: Hashable, Sendable {
    /// A node with its place, in pixels.
    struct Node: Hashable, Sendable {
        let node: Diagram.Node
        var x = 0
        var y = 0
        let width: Int
        let height: Int
    }

    /// A link with its corners.
    struct Link: Hashable, Sendable {
        let link: Diagram.Link
        let points: [[Int]]

        /// Whether it leads back, against the direction of all others.
        var isBack: Bool { (points.last?.first ?? 0) <= (points.first?.first ?? 0) }
    }

    /// Around everything, so that marks and frames at the edge are seen.
    private static let margin = 16

    let rev: Int
    let model: Diagram.Model
    let width: Int
    let height: Int
    let nodes: [Node]
    let links: [Link]

    /// Lays a diagram out. The same diagram always gets the same places.
    init(_ diagram: Diagram) {
        var nodes = diagram.nodes.map(Node.init)
        let index = Dictionary(uniqueKeysWithValues: diagram.nodes.enumerated().map { ($1.key, $0) })
        let ends = diagram.links.compactMap { link in
            index[link.from].flatMap { from in index[link.to].map { (from: from, to: $0) } }
        }
        let layout =
            diagram.model == .tree
            ? DiagramLayout(tree: ends, heights: nodes.map(\.height))
            : DiagramLayout(graph: ends, heights: nodes.map(\.height))
        // Heights begin below the margin; from here on everything is whole pixels.
        let top = nodes.indices.map { layout.y[$0] - Double(nodes[$0].height) / 2 }.min() ?? 0
        let lift = Double(Self.margin) - min(top, layout.y.min() ?? 0)
        let y = layout.y.map { Int(($0 + lift).rounded()) }
        let lowest = max(nodes.indices.map { y[$0] + nodes[$0].height / 2 }.max() ?? 0, y.max() ?? 0)
        let router = LinkRouter(layout, y: y, bottom: lowest)

        let columns = Columns(layout, nodes.map(\.width), gaps: router.gaps, margin: Self.margin)
        for index in nodes.indices {
            let layer = layout.layers[index]
            // Trees stand flush left, as lists do; a graph's nodes stand in the middle of their layer.
            let inset = diagram.model == .tree ? 0 : (columns.widths[layer] - nodes[index].width) / 2
            nodes[index].x = columns.left[layer] + inset
            nodes[index].y = y[index] - nodes[index].height / 2
        }
        links = zip(diagram.links, ends).enumerated().map { number, pair in
            let (from, to) = (nodes[pair.1.from], nodes[pair.1.to])
            return Link(
                link: pair.0,
                points: router.points(of: number, from: from.x + from.width, to: to.x, left: columns.gapLeft))
        }
        (rev, model, self.nodes) = (diagram.rev, diagram.model, nodes)
        width = columns.right + Self.margin
        height = max(lowest, router.bottom) + Self.margin
    }
}

/// Where the layers and the spaces between them are.
private struct Columns {
    private(set) var left: [Int] = []
    /// Of the space before each layer, and of the one behind all.
    private(set) var gapLeft: [Int] = []
    private(set) var widths: [Int]
    private(set) var right: Int

    init(_ layout: DiagramLayout, _ nodeWidths: [Int], gaps: [Int], margin: Int) {
        widths = Array(repeating: 0, count: gaps.count - 1)
        for (node, width) in nodeWidths.enumerated() {
            widths[layout.layers[node]] = max(widths[layout.layers[node]], width)
        }
        right = margin
        for (layer, width) in widths.enumerated() {
            gapLeft.append(right)
            left.append(right + gaps[layer])
            right += gaps[layer] + width
        }
        gapLeft.append(right)
        right += gaps.last ?? 0
    }
}

extension DiagramDrawing.Node {
    /// A node that is as large as its text and figure need; its place comes later.
    fileprivate init(_ node: Diagram.Node) {
        let lines = node.text.split(separator: "\n", omittingEmptySubsequences: false)
        let widths = lines.map { TextSize.width(of: $0) }
        let isRow = node.panel == .horizontal
        let text = isRow ? widths.reduce(0, +) + 12 * (lines.count - 1) : widths.max() ?? 0
        let inside = max(40, text + (node.panel == .auto ? 12 : 0))
        let lineHeight = TextSize.line * (isRow ? 1 : lines.count) + (node.panel == .auto ? 8 : 0)
        self.node = node
        switch node.figure {
        case .roundedRectangle, .rectangle: (width, height) = (inside + 28, lineHeight + 16)
        case .ellipse: (width, height) = (inside * 5 / 4 + 28, lineHeight + 20)
        case .diamond: (width, height) = (inside * 8 / 5 + 40, (lineHeight + 8) * 2)
        case .club: (width, height) = (inside * 2 + 40, (lineHeight + 12) * 3)
        }
    }
}
