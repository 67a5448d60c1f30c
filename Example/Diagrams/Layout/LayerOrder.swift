// SPDX-License-Identifier: Apache-2.0

/// The order of what stands in each layer, from top to bottom, with few crossings of links.
///
/// Sugiyama's third step: each layer in turn is sorted by the middle of its neighbours (barycentre), forth and back; the
/// best of all orders stays. A vertex is a node, or a place where a long link passes through a layer.
struct LayerOrder {
    private static let sweeps = 12

    private(set) var layers: [[Int]]
    private let before: [[Int]]
    private let after: [[Int]]

    /// - Parameters:
    ///   - layers: The vertices of each layer, in their first order.
    ///   - before: The neighbours of each vertex in the layer before, `after` those in the layer behind.
    init(layers: [[Int]], before: [[Int]], after: [[Int]]) {
        (self.layers, self.before, self.after) = (layers, before, after)
    }

    /// Sorts; the number of crossings never rises.
    mutating func improve() {
        var fewest = crossings
        var best = layers
        for sweep in 0..<Self.sweeps where fewest > 0 {
            if sweep.isMultiple(of: 2) {
                for index in layers.indices.dropFirst() { sort(index, by: before, in: layers[index - 1]) }
            } else {
                for index in layers.indices.dropLast().reversed() { sort(index, by: after, in: layers[index + 1]) }
            }
            let count = crossings
            if count < fewest { (fewest, best) = (count, layers) }
        }
        layers = best
    }

    /// Crossings of links between neighbouring layers.
    var crossings: Int {
        layers.indices.dropFirst().reduce(0) { $0 + crossings(into: $1) }
    }

    private mutating func sort(_ index: Int, by neighbours: [[Int]], in fixed: [Int]) {
        let place = Self.places(in: fixed)
        let layer = layers[index]
        // Without neighbours a vertex stays where it is.
        let keys = layer.enumerated().map { old, vertex -> Double in
            let places = neighbours[vertex].compactMap { place[$0] }
            return places.isEmpty ? Double(old) : Double(places.reduce(0, +)) / Double(places.count)
        }
        layers[index] = layer.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.map { layer[$0] }
    }

    /// Links are taken by their left end from top to bottom; each crosses those before it whose right end is lower.
    /// Counted with a Fenwick tree.
    private func crossings(into index: Int) -> Int {
        let place = Self.places(in: layers[index])
        var tree = Array(repeating: 0, count: layers[index].count + 1)
        var (count, taken) = (0, 0)
        for vertex in layers[index - 1] {
            let ends = after[vertex].compactMap { place[$0] }.sorted()
            for end in ends {
                count += taken
                var node = end + 1
                while node > 0 {
                    count -= tree[node]
                    node -= node & -node
                }
            }
            for end in ends {
                var node = end + 1
                while node < tree.count {
                    tree[node] += 1
                    node += node & -node
                }
            }
            taken += ends.count
        }
        return count
    }

    private static func places(in layer: [Int]) -> [Int: Int] {
        Dictionary(uniqueKeysWithValues: layer.enumerated().map { ($1, $0) })
    }
}
