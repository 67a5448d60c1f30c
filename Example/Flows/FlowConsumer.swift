// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// The socket of one of the examples.
final class FlowConsumer: DiagramConsumer {
    override class var handlers: [Handler] { super.handlers + [.on(FlowConsumer.changed)] }

    private var example = FlowExample.tree

    override func connect() async throws {
        guard let example = FlowExample(rawValue: scope.route["name"]) else { throw DenyConnection(status: .notFound) }
        self.example = example
        try await channelLayer.groupAdd(Self.group(of: example), channelName)
        try await super.connect()
    }

    override func diagram() async throws -> Diagram {
        try await scope.flowBoard.diagram(example)
    }

    func changed(_ event: FlowChanged) async throws {
        try await show(event.diagram)
    }

    /// All who look at an example.
    static func group(of example: FlowExample) -> GroupName { "flow.\(example.rawValue)" }
}
