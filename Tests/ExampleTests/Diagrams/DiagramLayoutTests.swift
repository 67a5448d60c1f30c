// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Example

@Suite("The layout of diagrams")
struct DiagramLayoutTests {
    @Test("boxes keep their distance, and all is inside of the picture", arguments: UInt64(0)..<200)
    func boxes(seed: UInt64) {
        let drawing = DiagramDrawing(.random(seed))
        for (index, one) in drawing.nodes.enumerated() {
            for other in drawing.nodes[..<index] {
                #expect(!one.meets(other, spacing: 19), "\(one.node.key) and \(other.node.key)")
            }
        }
        for node in drawing.nodes {
            #expect(node.x >= 16 && node.y >= 16)
            #expect(node.x + node.width + 16 <= drawing.width && node.y + node.height + 16 <= drawing.height)
        }
        for point in drawing.links.flatMap(\.points) {
            #expect((0...drawing.width).contains(point[0]) && (0...drawing.height).contains(point[1]))
        }
    }

    @Test("links are right-angled, go to the right or are marked, and pass by all boxes", arguments: UInt64(0)..<200)
    func links(seed: UInt64) throws {
        let drawing = DiagramDrawing(.random(seed))
        for link in drawing.links {
            let (from, to) = try (#require(drawing[link.link.from]), #require(drawing[link.link.to]))
            let (first, last) = try (#require(link.points.first), #require(link.points.last))
            #expect(first == [from.x + from.width, from.y + from.height / 2])
            #expect(last == [to.x, to.y + to.height / 2])
            #expect(link.isBack == (from.x + from.width >= to.x))
            for (a, b) in zip(link.points, link.points.dropFirst()) {
                #expect((a[0] == b[0]) != (a[1] == b[1]), "\(a) \(b)")
                // Forward links never turn back on their way.
                if !link.isBack { #expect(a[0] <= b[0]) }
                for node in drawing.nodes {
                    let isInside =
                        max(a[0], b[0]) > node.x && min(a[0], b[0]) < node.x + node.width && max(a[1], b[1]) > node.y
                        && min(a[1], b[1]) < node.y + node.height
                    #expect(!isInside, "\(link.link.id) through \(node.node.key)")
                }
            }
        }
    }

    @Test("the same diagram has the same places", arguments: UInt64(0)..<20)
    func deterministic(seed: UInt64) {
        #expect(DiagramDrawing(.random(seed)) == DiagramDrawing(.random(seed)))
    }

    @Test("sorting layers never adds a crossing", arguments: UInt64(0)..<50)
    func crossings(seed: UInt64) {
        var dice = Dice(state: seed)
        let layers = (0..<4).map { layer in (0..<6).map { 6 * layer + $0 } }
        var before: [[Int]] = Array(repeating: [], count: 24)
        var after = before
        for left in 0..<18 {
            let right = 6 * (left / 6 + 1) + Int.random(in: 0..<6, using: &dice)
            after[left].append(right)
            before[right].append(left)
        }
        var order = LayerOrder(layers: layers, before: before, after: after)
        let first = order.crossings
        order.improve()
        #expect(order.crossings <= first)
        #expect(order.layers.map { $0.sorted() } == layers)
    }

    @Test("crossings are counted as a pencil would")
    func counting() {
        // 0 and 1 to the left of 2 and 3, all four links: one crossing.
        let order = LayerOrder(
            layers: [[0, 1], [2, 3]], before: [[], [], [0, 1], [0, 1]], after: [[2, 3], [2, 3], [], []])
        #expect(order.crossings == 1)
    }

    @Test("the course's graph: one in front, two in the middle, one behind, and a shared lane before it")
    func dag() throws {
        let drawing = DiagramDrawing(.dag)
        let (alpha, beta, papa, bilibili) = try (
            #require(drawing["Alpha"]), #require(drawing["Beta"]), #require(drawing["papa"]),
            #require(drawing["bilibili"])
        )
        #expect(papa.y - (beta.y + beta.height) == 20)
        #expect(beta.x - (alpha.x + alpha.width) >= 70 && bilibili.x - (beta.x + beta.width) >= 70)
        #expect(2 * alpha.y == beta.y + papa.y && bilibili.y == alpha.y)
        #expect(drawing.links[2].points[1][0] == drawing.links[3].points[1][0])
    }

    @Test("a long link is straight where nothing is in its way")
    func longLink() throws {
        let diagram = Diagram(
            nodes: ["a", "b", "c", "d"].map { .init(key: $0, text: $0) },
            links: [
                .init(from: "a", to: "b"), .init(from: "b", to: "c"), .init(from: "c", to: "d"),
                .init(from: "a", to: "d"),
            ])
        let long = try #require(DiagramDrawing(diagram).links.last)
        #expect(long.points.count <= 6, "\(long.points)")
        #expect(Set(long.points.map { $0[1] }).count <= 3)
    }

    @Test("a link back runs below everything")
    func back() throws {
        var diagram = Diagram.dag
        diagram.add(link: .init(from: "bilibili", to: "Alpha"))
        let drawing = DiagramDrawing(diagram)
        let link = try #require(drawing.links.last)
        #expect(link.isBack)
        let lowest = try #require(drawing.nodes.map { $0.y + $0.height }.max())
        #expect(link.points.map { $0[1] }.max() ?? 0 > lowest)
    }

    @Test("texts are as wide as they will be: ideographs twice as wide as letters, marks nothing")
    func widths() {
        #expect(TextSize.width(of: "下载代码") == 56)
        #expect(TextSize.width(of: "abcd") == 33)
        #expect(TextSize.width(of: "e\u{301}") == TextSize.width(of: "e"))
        #expect(TextSize.width(of: "🎉") == 14)
        #expect(TextSize.width(of: "") == 0)
    }

    @Test("nothing is a diagram too")
    func empty() {
        #expect(DiagramDrawing(Diagram(nodes: [], links: [])).nodes.isEmpty)
        #expect(DiagramDrawing(Diagram(tree: [])).links.isEmpty)
    }
}
