// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// `/flows/<name>/`: one of the course's diagrams, and its buttons.
struct FlowPage: MethodView {
    let example: FlowExample

    var handlers: [MethodHandler] { example.canGrow ? [.get(show), .post(change)] : [.get(show)] }

    func show(_ request: Request) async throws -> Response {
        let diagram = try await request.scope.flowBoard.diagram(example)
        let title = request.text("flow.\(example)")
        return try request.page(
            "flow.html",
            [
                "title": title, "lead": request.text("flow.\(example).lead"),
                "diagram": request.values(of: diagram, name: title), "canChange": example.canGrow,
            ])
    }

    /// Forms come back to the page; scripts hear of the change by their socket, as everybody does.
    func change(_ request: Request) async throws -> Response {
        let action = request.sendsJSON ? try await request.json(as: Change.self).action : try await form(request)
        guard action == "add" || action == "reset" else { throw HTTPError(.unprocessableContent, code: "bad_action") }
        if let event = try await request.scope.flowBoard.change(example, isGrown: action == "add") {
            let group = FlowConsumer.group(of: example)
            _ = try await request.app.channelLayer().groupSend(group, event)
        }
        guard request.prefersJSON else { return try .redirect(to: request.path) }
        return try .answer(["rev": try await request.scope.flowBoard.diagram(example).rev])
    }

    private struct Change: Decodable {
        var action: String
    }

    private func form(_ request: Request) async throws -> String? {
        try await request.form(upTo: 16_384)["action"]
    }
}
