// SPDX-License-Identifier: Apache-2.0

/// The course's diagrams, by the names that their addresses have.
enum FlowExample: String, CaseIterable, Sendable {
    /// A deployment as a tree, in the states of its first showing.
    case tree
    /// A graph whose ways meet again.
    case dag
    /// Each figure, and each way to set a text.
    case shapes
    /// A tree with five servers.
    case servers

    /// Whether viewers may add a node.
    var canGrow: Bool { self == .tree || self == .dag }

    /// The diagram.
    ///
    /// - Parameter isGrown: With the node that viewers may add.
    func diagram(isGrown: Bool = false) -> Diagram {
        switch self {
        case .tree: Self.tree(isGrown: isGrown)
        case .dag: Self.dag(isGrown: isGrown)
        case .shapes: Self.shapesDiagram
        case .servers: Self.serversDiagram
        }
    }

    private static func tree(isGrown: Bool) -> Diagram {
        let green = Diagram.Color("lightgreen")
        var tree = Diagram(tree: [
            .init(key: "start", text: "开始", figure: .ellipse, state: .passed, color: green),
            .init(key: "download", text: "下载代码", state: .passed, color: green, parent: "start"),
            .init(key: "compile", text: "本地编译", state: .passed, color: green, parent: "download"),
            .init(key: "zip", text: "打包", state: .failed, color: .init("red"), parent: "compile"),
            .init(key: "c1", text: "服务器1", parent: "zip"), .init(key: "c11", text: "服务重启", parent: "c1"),
            .init(key: "c2", text: "服务器2", parent: "zip"), .init(key: "c21", text: "服务重启", parent: "c2"),
            .init(key: "c3", text: "服务器3", parent: "zip"), .init(key: "c31", text: "服务重启", parent: "c3"),
        ])
        tree.set("start", "download", \.text, "执行中...")
        tree.set("start", "download", \.state, .running)
        guard isGrown else { return tree }
        tree.add(node: .init(key: "c4", text: "服务器3", parent: "c3"))
        tree.set("c1", \.state, .failed)
        tree.set("c1", \.color, .init("red"))
        tree.set("zip", "c1", \.state, .failed)
        tree.set("zip", "c1", \.text, "执行中...")
        tree.set("zip", "c1", \.color, .init("red"))
        return tree
    }

    private static func dag(isGrown: Bool) -> Diagram {
        var graph = Diagram(
            nodes: [
                .init(key: "Alpha", text: "Alpha", color: .init("lightblue")),
                .init(key: "Beta", text: "Beta", color: .init("orange")),
                .init(key: "papa", text: "papa", color: .init("lightgreen")),
                .init(key: "bilibili", text: "bilibili", color: .init("pink")),
            ],
            links: [
                .init(from: "Alpha", to: "Beta"), .init(from: "Alpha", to: "papa"), .init(from: "Beta", to: "bilibili"),
                .init(from: "papa", to: "bilibili"),
            ])
        guard isGrown else { return graph }
        graph.add(node: .init(key: "c4", text: "c4", color: .init("gold")))
        graph.add(link: .init(from: "bilibili", to: "c4"))
        return graph
    }

    private static let shapesDiagram = Diagram(
        nodes: [
            .init(key: "ellipse", text: "Ellipse", figure: .ellipse, color: .init("lightblue")),
            .init(key: "rounded", text: "RoundedRectangle", color: .init("orange")),
            .init(key: "rectangle", text: "Rectangle", figure: .rectangle, color: .init("lightgreen")),
            .init(key: "diamond", text: "Diamond", figure: .diamond, color: .init("gold")),
            .init(key: "club", text: "Club", figure: .club, color: .init("pink")),
            .init(
                key: "colored", text: "武沛齐", figure: .ellipse, textColor: .init("#ffffff"),
                textBackground: .init("darkgreen")),
            .init(key: "stacked", text: "第一行\n第二行", figure: .rectangle),
            .init(key: "row", text: "左\n右", figure: .rectangle, panel: .horizontal),
            .init(key: "framed", text: "有边框", figure: .rectangle, panel: .auto),
        ],
        links: [
            .init(from: "ellipse", to: "rounded", text: "link"), .init(from: "rounded", to: "rectangle"),
            .init(from: "rounded", to: "diamond"), .init(from: "diamond", to: "club"),
            .init(from: "colored", to: "stacked"), .init(from: "stacked", to: "row"), .init(from: "row", to: "framed"),
        ])

    private static let serversDiagram = Diagram(
        tree: [
            .init(key: "start", text: "开始", figure: .ellipse), .init(key: "download", text: "下载代码", parent: "start"),
            .init(key: "zip", text: "本地打包", parent: "download"),
        ] + (1...5).map { .init(key: "c\($0)", text: "服务器\($0)", parent: "zip") })
}
