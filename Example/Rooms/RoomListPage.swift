// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// `/room/`: the rooms with what is unread, and a form that leads into any room.
///
/// The form is a GET to this page, so it works without a script: `?room=聊天` answers with the way there.
struct RoomListPage: MethodView {
    var handlers: [MethodHandler] { [.get(show)] }

    func show(_ request: Request) async throws -> Response {
        guard let name = try request.query["room"] else { return try await list(request) }
        guard Room.isName(name) else {
            return try await list(
                request, ["error": request.text("roomNameWrong"), "typed": name], status: .unprocessableContent)
        }
        return try .redirect(to: "/room/\(name)/")
    }

    private func list(
        _ request: Request, _ values: [String: any Sendable] = [:], status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let rooms = try await request.scope.chatRooms.summaries(for: request.user.name).map(values(of:))
        return try request.page("rooms.html", values.merging(["rooms": rooms]) { _, own in own }, status: status)
    }

    private func values(of summary: RoomSummary) -> [String: any Sendable] {
        [
            "room": summary.room, "unread": summary.unread, "isRead": summary.unread == 0,
            "shown": summary.unread < RoomTrail.idLimit ? "\(summary.unread)" : "\(RoomTrail.idLimit - 1)+",
            "at": summary.at, "time": summary.at.prefix(16).replacing("T", with: " ") + " UTC",
        ]
    }
}

extension Room {
    /// Whether a room's address can be made of the name: word characters of any script.
    static func isName(_ name: String) -> Bool {
        Room(name) != nil && name.wholeMatch(of: #/\w+/#) != nil
    }
}
