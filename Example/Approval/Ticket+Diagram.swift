// SPDX-License-Identifier: Apache-2.0

import Sluice

extension Ticket {
    /// The way of the ticket, in the words of a language. Its revision is the ticket's version.
    func diagram(in locale: SiteLocale) -> Diagram {
        let flow = draft.kind.flow
        var diagram = Diagram(
            nodes: flow.steps.map { step in
                Diagram.Node(
                    key: step.key, text: locale.text("step.\(step.key)"), figure: Self.figure(of: step.task),
                    state: steps[step.key]?.state ?? .pending)
            },
            links: flow.steps.flatMap { step in
                step.after.map { Diagram.Link(from: $0, to: step.key, state: steps[step.key]?.state ?? .pending) }
            })
        diagram.rev = version
        return diagram
    }

    private static func figure(of task: ApprovalFlow.Task) -> Diagram.Figure {
        switch task {
        case .start, .end: .ellipse
        case .gate: .diamond
        case .approval, .deployment: .roundedRectangle
        }
    }
}
