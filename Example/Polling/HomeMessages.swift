// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// `/home/messages/`: says something, and tells at once what is new. This is all that short polling needs.
struct HomeMessages: MethodView {
    /// Bytes of a posted message: 4,000 characters may be escaped with twelve bytes each.
    static let longestBody = 65_536

    var handlers: [MethodHandler] { [.get(show), .post(post)] }

    /// What came after an id, oldest first; or, for the button "earlier", what came before one.
    func show(_ request: Request) async throws -> Response {
        try await request.noteReading(of: Polling.room)
        let store = try request.scope.chatRooms.store
        guard let before = try request.number("before", in: 1...Int.max) else {
            return try .answer(await store.news(of: Polling.room, after: try request.after ?? 0))
        }
        let page = try await store.page(of: Polling.room, before: before, limit: RoomPage.shownMessages)
        return try .answer(News(messages: page.messages, lastId: page.messages.last?.id ?? 0, more: page.more))
    }

    /// The way of every message: through the rooms into the store, which publishes it to sockets and polls alike.
    func post(_ request: Request) async throws -> Response {
        let posted = try await body(of: request)
        let draft = Message.Draft(cid: posted.cid, room: Polling.room, user: request.user.name, text: posted.text)
        let now = request.scope.connection.clock.monotonic
        let stored = try await request.scope.chatRooms.post(draft, at: now)
        return try .answer(stored.message, status: stored.isNew ? .created : .ok)
    }

    private struct Posted: Decodable {
        var text: String
        var cid: String
    }

    private func body(of request: Request) async throws -> Posted {
        do {
            return try await request.json(upTo: Self.longestBody)
        } catch let error as HTTPError where error.status == .contentTooLarge {
            throw ChatError.tooLong
        } catch let error as HTTPError where error.code == "bad_json" || error.code == "bad_message" {
            throw ChatError.badMessage
        }
    }
}
