// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice
import SluiceTesting
import Testing

@testable import Example

/// A frame of a list's socket.
struct ListFrame: Codable, Hashable {
    struct Room: Codable, Hashable {
        var room: String
        var unread: Int
        var lastID: Int
        var at: String

        private enum CodingKeys: String, CodingKey {
            case room, unread, at
            case lastID = "last_id"
        }
    }

    var type: String
    var user: String?
    var heartbeat: Int?
    var rooms: [Room]?
    var room: String?
    var unread: Int?
    var lastID: Int?

    private enum CodingKeys: String, CodingKey {
        case type, user, rooms, room, unread
        case lastID = "last_id"
        case heartbeat = "heartbeat_s"
    }

    static func room(_ room: String, unread: Int, last: Int) -> ListFrame {
        ListFrame(type: "room", room: room, unread: unread, lastID: last)
    }
}

extension TestSite {
    /// An open list with its welcome.
    func list(_ user: String) async throws -> (WebSocketCommunicator, ListFrame) {
        let list = try await socket("/room/", user: user)
        #expect(try await list.connect().subprotocol == LiveConsumer.subprotocol)
        return (list, try await list.receiveJSON(timeout: .seconds(5)))
    }

    /// Stores a message past all limits.
    func say(_ text: String, in room: String, as user: String, cid: String? = nil) async throws {
        _ = try await rooms.store.append(.init(cid: cid ?? text, room: room, user: user, text: text))
    }
}

extension WebSocketCommunicator {
    /// The list's next frame, which must be of a room.
    func roomFrame() async throws -> ListFrame {
        let frame = try await receiveJSON(as: ListFrame.self, timeout: .seconds(5))
        #expect(frame.type == "room")
        return frame
    }
}

/// A value in a query.
func encoded(_ text: String) -> String {
    text.addingPercentEncoding(
        withAllowedCharacters: .alphanumerics.intersection(.init(charactersIn: "!"..."~"))
            .union(.init(charactersIn: "_"))) ?? ""
}
