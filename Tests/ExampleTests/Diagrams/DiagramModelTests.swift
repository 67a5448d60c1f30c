// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Example

@Suite("Diagrams as data")
struct DiagramModelTests {
    @Test("a tree's links follow from its parents, wherever these stand")
    func tree() {
        var tree = Diagram(tree: [
            .init(key: "b", text: "B", parent: "a"), .init(key: "a", text: "A", parent: "nobody"),
        ])
        #expect(tree.links.map(\.id) == [.init(from: "a", to: "b")])
        tree.add(node: .init(key: "c", text: "C", parent: "b"))
        #expect(tree["b", "c"]?.text == "")
        tree.add(node: .init(key: "c", text: "C", parent: "a"))
        #expect(tree["b", "c"] == nil && tree["a", "c"] != nil)
        #expect(tree.nodes.count == 3)
    }

    @Test("a graph has each link once, and none that leads nowhere")
    func graph() {
        var graph = Diagram.dag
        graph.add(link: .init(from: "Alpha", to: "Beta", text: "again"))
        graph.add(link: .init(from: "Alpha", to: "nobody"))
        #expect(graph.links.count == 4)
        #expect(graph["Alpha", "Beta"]?.text == "again")
        graph.add(node: .init(key: "c4", text: "c4"))
        graph.add(link: .init(from: "bilibili", to: "c4"))
        #expect(graph.links.count == 5)
    }

    @Test("set changes one property of what is there")
    func set() {
        var graph = Diagram.dag
        graph.set("Beta", \.state, .failed)
        graph.set("Alpha", "Beta", \.text, "执行中...")
        graph.set("nobody", \.state, .failed)
        graph.set("Beta", "Alpha", \.text, "x")
        #expect(graph["Beta"]?.state == .failed)
        #expect(graph["Alpha", "Beta"]?.text == "执行中...")
        #expect(graph.nodes.filter { $0.state == .failed }.count == 1)
        #expect(graph.links.filter { !$0.text.isEmpty }.count == 1)
    }

    @Test(
        "a colour is a name of CSS or #hex, and nothing else",
        arguments: [
            ("red", "red"), ("LightGreen", "lightgreen"), ("#F00", "#f00"), ("#12ab", "#12ab"), ("#a1B2c3", "#a1b2c3"),
            ("#01234567", "#01234567"), ("", nil), ("#", nil), ("#12", nil), ("#12345", nil), ("#ggg", nil),
            ("url(#x)", nil), ("red;", nil), ("red\"", nil), (" red", nil), ("rgb(1,2,3)", nil), ("currentcolor", nil),
            ("#１２３", nil), ("expression(alert(1))", nil),
        ])
    func color(text: String, css: String?) {
        #expect(Diagram.Color(text)?.css == css)
    }
}
