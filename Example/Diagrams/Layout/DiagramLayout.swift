// SPDX-License-Identifier: Apache-2.0

/// What has a place: the layer and the height of each node, and the way of each link from layer to layer.
///
/// The course's numbers: 20 between neighbours, 70 between layers.
struct DiagramLayout {
    static let nodeSpacing = 20.0
    static let layerSpacing = 70

    /// By vertex: first the nodes, then the places where long links pass through a layer.
    private(set) var layers: [Int]
    /// The middle of each vertex.
    private(set) var y: [Double] = []
    /// The vertices of each link from its source to its target; a back link's are just the two.
    private(set) var ways: [[Int]] = []
    private(set) var isBack: [Bool]

    /// A graph in layers.
    init(graph links: [(from: Int, to: Int)], heights: [Int]) {
        let layering = Layering(nodeCount: heights.count, links: links)
        (layers, isBack) = (layering.layers, layering.isBack)
        var before: [[Int]] = Array(repeating: [], count: heights.count)
        var after = before
        for (index, link) in links.enumerated() {
            guard !isBack[index] else {
                ways.append([link.from, link.to])
                continue
            }
            var way = [link.from]
            for layer in (layers[link.from] + 1)..<max(layers[link.to], layers[link.from] + 1) {
                way.append(layers.count)
                layers.append(layer)
                before.append([])
                after.append([])
            }
            way.append(link.to)
            for (left, right) in zip(way, way.dropFirst()) {
                after[left].append(right)
                before[right].append(left)
            }
            ways.append(way)
        }
        var rows: [[Int]] = Array(repeating: [], count: (layers.max() ?? -1) + 1)
        for (vertex, layer) in layers.enumerated() { rows[layer].append(vertex) }
        var order = LayerOrder(layers: rows, before: before, after: after)
        order.improve()
        let placed = heights.map(Double.init) + Array(repeating: 0, count: layers.count - heights.count)
        y =
            LayerPlacement(
                order: order, before: before, after: after, heights: placed, nodeCount: heights.count,
                chains: zip(ways, isBack).filter { !$1 }.map { Array($0.0.dropFirst().dropLast()) }.filter {
                    !$0.isEmpty
                }
            ).y
    }

    /// A tree: each node in the middle of its children, whose subtrees stand one below the other.
    init(tree links: [(from: Int, to: Int)], heights: [Int]) {
        layers = Array(repeating: 0, count: heights.count)
        y = Array(repeating: 0, count: heights.count)
        isBack = Array(repeating: false, count: links.count)
        ways = links.map { [$0.from, $0.to] }
        let tree = TreeOrder(nodeCount: heights.count, links: links)
        // What a subtree needs, from the leaves up.
        var needs = heights.map(Double.init)
        for node in tree.nodes.reversed() { needs[node] = max(needs[node], sum(needs, tree.children[node])) }
        var top = 0.0
        for root in tree.roots {
            y[root] = top + needs[root] / 2
            top += needs[root] + Self.nodeSpacing
        }
        for node in tree.nodes {
            var top = y[node] - sum(needs, tree.children[node]) / 2
            for child in tree.children[node] {
                layers[child] = layers[node] + 1
                y[child] = top + needs[child] / 2
                top += needs[child] + Self.nodeSpacing
            }
        }
        // A circle of parents is broken where it was entered: that link runs back.
        for (index, link) in links.enumerated() where layers[link.to] != layers[link.from] + 1 { isBack[index] = true }
    }

    private func sum(_ needs: [Double], _ nodes: [Int]) -> Double {
        nodes.reduce(0) { $0 + needs[$1] } + Double(max(0, nodes.count - 1)) * Self.nodeSpacing
    }
}

/// The nodes of a forest, parents before children.
private struct TreeOrder {
    private(set) var nodes: [Int] = []
    private(set) var roots: [Int] = []
    private(set) var children: [[Int]]

    init(nodeCount: Int, links: [(from: Int, to: Int)]) {
        var all: [[Int]] = Array(repeating: [], count: nodeCount)
        var isChild = Array(repeating: false, count: nodeCount)
        for link in links {
            all[link.from].append(link.to)
            isChild[link.to] = true
        }
        children = Array(repeating: [], count: nodeCount)
        var isSeen = Array(repeating: false, count: nodeCount)
        // Circles have no root of their own: the first of their nodes becomes one.
        for root in all.indices.filter({ !isChild[$0] }) + Array(all.indices) where !isSeen[root] {
            isSeen[root] = true
            roots.append(root)
            var next = nodes.count
            nodes.append(root)
            while next < nodes.count {
                let node = nodes[next]
                next += 1
                for child in all[node] where !isSeen[child] {
                    isSeen[child] = true
                    children[node].append(child)
                    nodes.append(child)
                }
            }
        }
    }
}
