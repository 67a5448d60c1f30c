// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Example

@Suite("Changes of diagrams")
struct DiagramChangesTests {
    @Test("a patch has the changed members alone")
    func patch() throws {
        var diagram = Diagram.dag
        let old = DiagramDrawing(diagram)
        diagram.set("Beta", \.state, .failed)
        diagram.set("Alpha", "Beta", \.text, "执行中...")
        diagram.rev += 1
        let patch = try #require(DiagramDrawing(diagram).changes(since: old))
        let sent = try JSONSerialization.jsonObject(with: Data(patch.json.utf8)) as? NSDictionary
        let node = ["key": "Beta", "state": "failed"]
        let link = ["from": "Alpha", "to": "Beta", "text": "执行中..."]
        #expect(sent == ["type": "patch", "rev": 2, "nodes": [node], "links": [link]] as NSDictionary)
    }

    @Test("what is new comes whole, with what it has moved and the new size")
    func addition() throws {
        var diagram = Diagram.dag
        let old = DiagramDrawing(diagram)
        diagram.add(node: .init(key: "c4", text: "c4", color: .init("red")))
        diagram.add(link: .init(from: "bilibili", to: "c4"))
        diagram.rev += 1
        let new = DiagramDrawing(diagram)
        let patch = try #require(new.changes(since: old))
        #expect(patch.width == new.width && patch.height == nil)
        #expect(patch.nodes == new.frame.nodes.filter { $0.key == "c4" })
        #expect(patch.links == new.frame.links.filter { $0.to == "c4" })
    }

    @Test("nothing but the whole diagram will do when something has gone, or a revision is missing")
    func whole() {
        var diagram = Diagram.dag
        diagram.set("Beta", \.color, .init("red"))
        let old = DiagramDrawing(diagram)
        diagram.rev += 2
        #expect(DiagramDrawing(diagram).changes(since: old) == nil)
        diagram.rev -= 1
        #expect(DiagramDrawing(diagram).changes(since: old)?.nodes == [])
        diagram.set("Beta", \.color, nil)
        #expect(DiagramDrawing(diagram).changes(since: old) == nil)
        var smaller = Diagram(nodes: Array(diagram.nodes.dropLast()), links: [])
        smaller.rev = 2
        #expect(DiagramDrawing(smaller).changes(since: old) == nil)
    }

    @Test("an old picture and its patches are the new picture", arguments: UInt64(0)..<60)
    func patches(seed: UInt64) throws {
        var dice = Dice(state: seed)
        var diagram = Diagram.random(seed)
        var picture = Picture(DiagramDrawing(diagram).frame)
        var drawing = DiagramDrawing(diagram)
        for step in 0..<6 {
            let key = "\(Int.random(in: 0..<max(1, diagram.nodes.count), using: &dice))"
            diagram.set(key, \.state, Diagram.State.allCases.randomElement(using: &dice) ?? .passed)
            if step.isMultiple(of: 2) {
                diagram.add(node: .init(key: "new \(step)", text: "新\(step)", parent: key))
                diagram.add(link: .init(from: key, to: "new \(step)", text: "→"))
            }
            diagram.rev += 1
            let new = DiagramDrawing(diagram)
            picture.apply(try #require(new.changes(since: drawing)))
            drawing = new
        }
        #expect(picture == Picture(drawing.frame))
    }

    /// What a browser has of a diagram.
    private struct Picture: Equatable {
        var nodes: [String: NodeMembers] = [:]
        var links: [Diagram.Link.ID: LinkMembers] = [:]
        var size: [Int]

        init(_ frame: DiagramFrame) {
            size = [frame.width, frame.height]
            for node in frame.nodes { nodes[node.key] = node }
            for link in frame.links { links[.init(from: link.from, to: link.to)] = link }
        }

        mutating func apply(_ patch: PatchFrame) {
            size = [patch.width ?? size[0], patch.height ?? size[1]]
            for new in patch.nodes {
                let old = nodes[new.key] ?? new
                nodes[new.key] = NodeMembers(
                    key: new.key, text: new.text ?? old.text, figure: new.figure ?? old.figure,
                    state: new.state ?? old.state, x: new.x ?? old.x, y: new.y ?? old.y, w: new.w ?? old.w,
                    h: new.h ?? old.h, color: new.color ?? old.color, parent: new.parent ?? old.parent)
            }
            for new in patch.links {
                let id = Diagram.Link.ID(from: new.from, to: new.to)
                let old = links[id] ?? new
                links[id] = LinkMembers(
                    from: new.from, to: new.to, text: new.text ?? old.text, state: new.state ?? old.state,
                    points: new.points ?? old.points, color: new.color ?? old.color)
            }
        }
    }
}
