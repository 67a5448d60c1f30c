// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// `/room/<group>/`: a page that shows the last messages before any script runs; its socket goes on from there.
struct RoomPage: MethodView {
    static let shownMessages = 50

    var handlers: [MethodHandler] { [.get(show)] }

    func show(_ request: Request) async throws -> Response {
        guard let room = Room(request.route["group"]) else { throw HTTPError(.notFound) }
        let store = try request.scope.chatRooms.store
        let page = try await store.page(of: room.name, limit: Self.shownMessages)
        let user = request.user.name
        return try request.page(
            "room.html",
            [
                "room": room.name,
                "messages": page.messages.map { $0.values(for: user) },
                "lastID": page.messages.last?.id ?? 0,
                "more": page.more,
            ])
    }
}

extension Message {
    /// The values of the template `message.html`, as a user sees the message.
    func values(for reader: String) -> [String: any Sendable] {
        [
            "id": id, "user": user, "text": text, "own": user == reader,
            "at": at, "time": at.prefix(16).replacing("T", with: " ") + " UTC",
        ]
    }
}
