// SPDX-License-Identifier: Apache-2.0

@testable import Example

/// A generator of the same numbers each time (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension Diagram {
    /// The course's graph.
    static let dag = Diagram(
        nodes: ["Alpha", "Beta", "papa", "bilibili"].map { Node(key: $0, text: $0) },
        links: [
            Link(from: "Alpha", to: "Beta"), Link(from: "Alpha", to: "papa"), Link(from: "Beta", to: "bilibili"),
            Link(from: "papa", to: "bilibili"),
        ])

    /// Any tree or graph, with circles, loops and every figure.
    static func random(_ seed: UInt64) -> Diagram {
        var dice = Dice(state: seed)
        let count = Int.random(in: 1...24, using: &dice)
        let texts = ["开始", "下载代码", "a", "a rather long name", "两行\n文字", "👩‍💻 ok"]
        var nodes = (0..<count).map { number in
            Node(
                key: "\(number)", text: texts.randomElement(using: &dice) ?? "",
                figure: Figure.allCases.randomElement(using: &dice) ?? .rectangle)
        }
        guard seed.isMultiple(of: 2) else {
            // Parents may come later, and may close a circle.
            for index in nodes.indices { nodes[index].parent = "\(Int.random(in: 0..<count + 2, using: &dice))" }
            return Diagram(tree: nodes)
        }
        let links = (0..<Int.random(in: 0...2 * count, using: &dice)).map { _ in
            Link(from: "\(Int.random(in: 0..<count, using: &dice))", to: "\(Int.random(in: 0..<count, using: &dice))")
        }
        return Diagram(nodes: nodes, links: links)
    }
}

extension DiagramDrawing {
    subscript(key: String) -> Node? { nodes.first { $0.node.key == key } }
}

extension DiagramDrawing.Node {
    /// Whether two boxes share a point, with some space around them.
    func meets(_ other: Self, spacing: Int = 0) -> Bool {
        x < other.x + other.width + spacing && other.x < x + width + spacing && y < other.y + other.height + spacing
            && other.y < y + height + spacing
    }
}
