// SPDX-License-Identifier: Apache-2.0

/// A diagram as data: nodes by key, and links between them. Its places come from ``DiagramDrawing``.
///
/// It is a tree, whose links follow from the nodes' parents, or a graph with links of its own; both are read from left to
/// right.
struct Diagram: Hashable, Sendable {
    /// What the links come from.
    enum Model: String, Codable, Sendable { case tree, graph }

    let model: Model
    /// In the order in which they were added.
    private(set) var nodes: [Node] = []
    private(set) var links: [Link] = []
    /// Which change of the diagram this is; whoever changes it counts.
    var rev = 1

    /// A tree: each node hangs on its parent, which may come later. A node whose parent is not there is a root.
    init(tree nodes: [Node]) {
        model = .tree
        for node in nodes { put(node) }
        links = self.nodes.compactMap(linkFromParent)
    }

    /// A graph. Of links that lead the same way between two nodes the last one counts, and links that lead nowhere are
    /// left out.
    init(nodes: [Node], links: [Link]) {
        model = .graph
        for node in nodes { put(node) }
        for link in links { add(link: link) }
    }

    /// Adds a node; in a tree with its link. One of the same key is replaced.
    mutating func add(node: Node) {
        put(node)
        guard model == .tree else { return }
        links.removeAll { $0.to == node.key }
        if let link = linkFromParent(of: node) { links.append(link) }
    }

    /// Adds a link between two nodes that are there. One of the same ends is replaced.
    mutating func add(link: Link) {
        guard self[link.from] != nil, self[link.to] != nil else { return }
        if let index = links.firstIndex(where: { $0.id == link.id }) {
            links[index] = link
        } else {
            links.append(link)
        }
    }

    /// A node by its key.
    subscript(key: String) -> Node? { nodes.first { $0.key == key } }

    /// A link by its ends.
    subscript(from: String, to: String) -> Link? { links.first { $0.from == from && $0.to == to } }

    /// Changes one property of a node: `set("zip", \.state, .failed)`. Without that node nothing happens.
    mutating func set<Value>(_ key: String, _ property: WritableKeyPath<Node, Value>, _ value: Value) {
        guard let index = nodes.firstIndex(where: { $0.key == key }) else { return }
        nodes[index][keyPath: property] = value
    }

    /// Changes one property of a link: `set("zip", "c1", \.text, "执行中...")`. Without that link nothing happens.
    mutating func set<Value>(
        _ from: String, _ to: String, _ property: WritableKeyPath<Link, Value>, _ value: Value
    ) {
        guard let index = links.firstIndex(where: { $0.from == from && $0.to == to }) else { return }
        links[index][keyPath: property] = value
    }

    private mutating func put(_ node: Node) {
        if let index = nodes.firstIndex(where: { $0.key == node.key }) {
            nodes[index] = node
        } else {
            nodes.append(node)
        }
    }

    private func linkFromParent(of node: Node) -> Link? {
        guard let parent = node.parent, self[parent] != nil else { return nil }
        return Link(from: parent, to: node.key)
    }
}
