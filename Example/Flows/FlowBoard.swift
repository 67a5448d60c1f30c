// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import Synchronization

/// How the diagrams stand that all viewers change together.
final class FlowBoard: Sendable {
    /// Where views and consumers find it.
    enum Key: LifespanStateKey {
        static var defaultValue: FlowBoard? { nil }
    }

    private let events = Mutex<[FlowExample: FlowChanged]>([:])

    /// A diagram as it is now.
    func diagram(_ example: FlowExample) -> Diagram {
        events.withLock { $0[example] }?.diagram ?? example.diagram()
    }

    /// Adds the node, or takes everything back.
    ///
    /// - Returns: what is to be told; `nil` when it was so before.
    func change(_ example: FlowExample, isGrown: Bool) -> FlowChanged? {
        events.withLock { events in
            let last = events[example] ?? FlowChanged(example: example, rev: 1, isGrown: false)
            guard example.canGrow, last.isGrown != isGrown else { return nil }
            let event = FlowChanged(example: example, rev: last.rev + 1, isGrown: isGrown)
            events[example] = event
            return event
        }
    }

    /// Takes over what another process has changed.
    func learn(_ event: FlowChanged) {
        events.withLock { events in
            if event.rev > events[event.example]?.rev ?? 1 { events[event.example] = event }
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
