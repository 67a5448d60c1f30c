// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// How the diagrams stand that all viewers change together; the database knows, for all processes.
struct FlowBoard: Sendable {
    /// Where views and consumers find it.
    enum Key: LifespanStateKey {
        static var defaultValue: FlowBoard? { nil }
    }

    let databases: Databases

    /// A diagram as it is now.
    func diagram(_ example: FlowExample) async throws -> Diagram {
        guard example.canGrow else { return example.diagram() }
        return try await databases.run {
            guard let row = try await FlowRecord.objects.filter({ $0.name == example.rawValue }).first() else {
                return example.diagram()
            }
            return FlowChanged(example: example, rev: row.rev, isGrown: row.isGrown).diagram
        }
    }

    /// Adds the node, or takes everything back.
    ///
    /// - Returns: what is to be told; `nil` when it was so before.
    func change(_ example: FlowExample, isGrown: Bool) async throws -> FlowChanged? {
        guard example.canGrow else { return nil }
        return try await databases.run {
            try await databases.main.transaction {
                _ = try await FlowRecord.objects.getOrCreate({ $0.name == example.rawValue }) {
                    FlowRecord(name: example.rawValue)
                }
                var row = try await FlowRecord.objects.filter { $0.name == example.rawValue }.selectForUpdate().get()
                guard row.isGrown != isGrown else { return nil }
                (row.rev, row.isGrown) = (row.rev + 1, isGrown)
                try await row.save(.update)
                return FlowChanged(example: example, rev: row.rev, isGrown: isGrown)
            }
        }
    }
}

/// Somebody has changed a diagram.
struct FlowChanged: ChannelEvent {
    static let type = "flows.changed"
    var example: FlowExample
    var rev: Int
    var isGrown: Bool

    var diagram: Diagram {
        var diagram = example.diagram(isGrown: isGrown)
        diagram.rev = rev
        return diagram
    }
}

extension FlowExample: Codable {}

extension Scope {
    /// The diagrams of this server.
    ///
    /// - Throws: ``HTTPError`` 503 when the plug-in has not started.
    var flowBoard: FlowBoard {
        get throws {
            guard let board = state[FlowBoard.Key.self] else {
                throw HTTPError(.serviceUnavailable, code: "no_flows", "the flows plug-in has not started")
            }
            return board
        }
    }
}
