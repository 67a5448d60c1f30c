// SPDX-License-Identifier: Apache-2.0

/// Which layer each node of a graph stands in. Links lead to a later layer; those that would close a circle run back.
///
/// Sugiyama's first two steps: back edges by depth-first search, then the longest path from a source. Everything goes by
/// the order of nodes and links, so that the same graph always looks the same.
struct Layering {
    /// By node.
    private(set) var layers: [Int]
    /// By link.
    private(set) var isBack: [Bool]

    init(nodeCount: Int, links: [(from: Int, to: Int)]) {
        layers = Array(repeating: 0, count: nodeCount)
        isBack = Array(repeating: false, count: links.count)
        var outgoing: [[Int]] = Array(repeating: [], count: nodeCount)
        var indegree = Array(repeating: 0, count: nodeCount)
        for (index, link) in links.enumerated() {
            outgoing[link.from].append(index)
            indegree[link.to] += 1
        }
        findBackLinks(
            links, outgoing, roots: indegree.indices.sorted { (min(indegree[$0], 1), $0) < (min(indegree[$1], 1), $1) })
        assign(links, outgoing)
    }

    private enum Visit { case not, now, done }

    private mutating func findBackLinks(_ links: [(from: Int, to: Int)], _ outgoing: [[Int]], roots: [Int]) {
        var visits = Array(repeating: Visit.not, count: layers.count)
        for root in roots where visits[root] == .not {
            var path = [(node: root, next: 0)]
            visits[root] = .now
            while let (node, next) = path.last {
                guard next < outgoing[node].count else {
                    visits[node] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let link = outgoing[node][next]
                switch visits[links[link].to] {
                case .now: isBack[link] = true
                case .done: break
                case .not:
                    visits[links[link].to] = .now
                    path.append((links[link].to, 0))
                }
            }
        }
    }

    /// Kahn's order, each node one layer behind the last of those before it; at last sources come up to what they lead to.
    private mutating func assign(_ links: [(from: Int, to: Int)], _ outgoing: [[Int]]) {
        var waiting = Array(repeating: 0, count: layers.count)
        for (index, link) in links.enumerated() where !isBack[index] { waiting[link.to] += 1 }
        let sources = waiting.indices.filter { waiting[$0] == 0 }
        var queue = sources
        var next = 0
        while next < queue.count {
            let node = queue[next]
            next += 1
            for link in outgoing[node] where !isBack[link] {
                let target = links[link].to
                layers[target] = max(layers[target], layers[node] + 1)
                waiting[target] -= 1
                if waiting[target] == 0 { queue.append(target) }
            }
        }
        for source in sources {
            let targets = outgoing[source].filter { !isBack[$0] }.map { layers[links[$0].to] }
            if let nearest = targets.min() { layers[source] = nearest - 1 }
        }
    }
}
