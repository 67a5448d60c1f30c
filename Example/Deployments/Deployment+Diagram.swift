// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// The deployment as a tree. The link into a step says what happens there.
    var diagram: Diagram {
        var diagram = Diagram(
            tree: DeployPlan.steps.map { step in
                Diagram.Node(
                    key: step.key, text: step.text, figure: step.parent == nil ? .ellipse : .roundedRectangle,
                    state: steps[step.key] ?? .pending, parent: step.parent)
            })
        for link in diagram.links {
            let state = steps[link.to] ?? .pending
            diagram.set(link.from, link.to, \.state, state)
            diagram.set(link.from, link.to, \.text, state == .running ? "执行中..." : state == .failed ? "失败" : "")
        }
        diagram.rev = rev
        return diagram
    }
}
