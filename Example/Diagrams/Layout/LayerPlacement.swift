// SPDX-License-Identifier: Apache-2.0

/// How high each vertex stands: near its neighbours, in the order of its layer, with space in between.
///
/// Sugiyama's fourth step. Each layer in turn gets the heights that are nearest to the wished ones, by least squares under
/// the order: an isotonic regression, solved exactly by pooling adjacent violators.
struct LayerPlacement {
    private static let sweeps = 24
    /// How much more a long link wants to be straight than a node in the middle of its neighbours.
    private static let straightness = 8.0

    /// Of the middle of each vertex.
    private(set) var y: [Double]
    private let layers: [[Int]]
    private let before: [[Int]]
    private let after: [[Int]]
    private let heights: [Double]
    private let nodeCount: Int

    /// - Parameters:
    ///   - heights: Of each vertex; those behind the first `nodeCount` are places of long links.
    ///   - chains: The places of each long link, from left to right.
    init(order: LayerOrder, before: [[Int]], after: [[Int]], heights: [Double], nodeCount: Int, chains: [[Int]]) {
        (layers, self.before, self.after, self.heights, self.nodeCount) =
            (order.layers, before, after, heights, nodeCount)
        y = Array(repeating: 0, count: heights.count)
        for layer in layers {
            var below = 0.0
            for vertex in layer {
                y[vertex] = below + heights[vertex] / 2
                below += heights[vertex] + DiagramLayout.nodeSpacing
            }
        }
        // First by the neighbours on one side, so that one sweep reaches the other end; then by those on both; and at
        // last from the end, so that a way without branches is a straight line.
        let nobody: [[Int]] = Array(repeating: [], count: heights.count)
        for sweep in 0..<Self.sweeps {
            let isForward = sweep.isMultiple(of: 2)
            let isLate = sweep >= Self.sweeps * 2 / 3 && sweep < Self.sweeps - 1
            let neighbours = isLate ? (before, after) : isForward ? (before, nobody) : (nobody, after)
            for layer in isForward ? layers : layers.reversed() { settle(layer, near: neighbours) }
        }
        straighten(chains)
    }

    private mutating func settle(_ layer: [Int], near neighbours: ([[Int]], [[Int]])) {
        // Blocks of vertices that touch: their weight, and the weighted mean of what their vertices want.
        var blocks: [(weight: Double, wish: Double, count: Int)] = []
        let offsets = offsets(of: layer)
        for (vertex, offset) in zip(layer, offsets) {
            let (wish, weight) = wish(of: vertex, near: neighbours.0[vertex] + neighbours.1[vertex])
            blocks.append((weight, wish - offset, 1))
            while blocks.count > 1, blocks[blocks.count - 2].wish > blocks[blocks.count - 1].wish {
                let (lower, upper) = (blocks.removeLast(), blocks.removeLast())
                let weight = lower.weight + upper.weight
                let wish = (lower.weight * lower.wish + upper.weight * upper.wish) / weight
                blocks.append((weight, wish, lower.count + upper.count))
            }
        }
        var index = 0
        for block in blocks {
            for _ in 0..<block.count {
                y[layer[index]] = block.wish + offsets[index]
                index += 1
            }
        }
    }

    /// Where a vertex would be if it had its layer for itself, and how much it wants that.
    private func wish(of vertex: Int, near neighbours: [Int]) -> (y: Double, weight: Double) {
        var (sum, total) = (0.0, 0.0)
        for neighbour in neighbours {
            let weight = vertex >= nodeCount && neighbour >= nodeCount ? Self.straightness : 1
            sum += weight * y[neighbour]
            total += weight
        }
        return total == 0 ? (y[vertex], 0.01) : (sum / total, vertex >= nodeCount ? Self.straightness : 1)
    }

    /// How far below the first one of its layer each vertex is at least.
    private func offsets(of layer: [Int]) -> [Double] {
        var offset = 0.0
        return layer.indices.map { index in
            if index > 0 { offset += distance(layer[index - 1], layer[index]) }
            return offset
        }
    }

    private func distance(_ upper: Int, _ lower: Int) -> Double {
        (heights[upper] + heights[lower]) / 2 + DiagramLayout.nodeSpacing
    }

    /// Puts all places of a long link at one height, where nothing is in the way: in line with the node at one of its
    /// ends, if that is possible.
    private mutating func straighten(_ chains: [[Int]]) {
        var place: [Int: (layer: Int, index: Int)] = [:]
        for (layer, vertices) in layers.enumerated() {
            for (index, vertex) in vertices.enumerated() { place[vertex] = (layer, index) }
        }
        for chain in chains {
            var (top, bottom) = (-Double.infinity, Double.infinity)
            for vertex in chain {
                guard let (layer, index) = place[vertex] else { continue }
                let vertices = layers[layer]
                if index > 0 { top = max(top, y[vertices[index - 1]] + distance(vertices[index - 1], vertex)) }
                if index + 1 < vertices.count {
                    bottom = min(bottom, y[vertices[index + 1]] - distance(vertex, vertices[index + 1]))
                }
            }
            guard top <= bottom, let first = chain.first, let last = chain.last else { continue }
            let middle = chain.reduce(0) { $0 + y[$1] } / Double(chain.count)
            let ends = (before[first] + after[last]).map { y[$0] }.filter { ($0 >= top) && ($0 <= bottom) }
            let nearest = ends.min { abs($0 - middle) < abs($1 - middle) }
            for vertex in chain { y[vertex] = nearest ?? min(max(middle, top), bottom) }
        }
    }
}
