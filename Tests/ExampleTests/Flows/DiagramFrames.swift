// SPDX-License-Identifier: Apache-2.0

import SluiceTesting

@testable import Example

/// A frame of a socket with a diagram, as a client sees it: the members that there are.
struct DiagramTestFrame: Decodable, Hashable {
    struct Node: Decodable, Hashable {
        var key: String
        var text: String?
        var figure: String?
        var state: String?
        var x: Int?
        var y: Int?
        var w: Int?
        var h: Int?
        var color: String?
        var parent: String?
    }

    struct Link: Decodable, Hashable {
        var from: String
        var to: String
        var text: String?
        var state: String?
        var points: [[Int]]?
        var color: String?
    }

    struct Entry: Decodable, Hashable {
        var id: Int
        var action: String
        var user: String
        var text: String
    }

    var type: String
    var rev: Int?
    var model: String?
    var width: Int?
    var height: Int?
    var nodes: [Node]?
    var links: [Link]?
    var user: String?
    var id: Int?
    var state: String?
    var version: Int?
    var waitingFor: [String]?
    var history: [Entry]?

    enum CodingKeys: String, CodingKey {
        case type, rev, model, width, height, nodes, links, user, id, state, version, history
        case waitingFor = "waiting_for"
    }
}

extension WebSocketCommunicator {
    /// The next frame of a type; others are passed over.
    func diagramFrame(_ type: String) async throws -> DiagramTestFrame {
        while true {
            let frame = try await receiveJSON(as: DiagramTestFrame.self, timeout: .seconds(10))
            if frame.type == type { return frame }
        }
    }
}
