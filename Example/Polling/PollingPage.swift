// SPDX-License-Identifier: Apache-2.0

import Sluice

/// `/home/` and `/home/long/`: the same page with another script.
struct PollingPage: View {
    enum Kind: String {
        case short, long
    }

    let kind: Kind

    func respond(to request: Request) async throws -> Response {
        let page = try await request.scope.chatRooms.store.page(of: Polling.room, limit: RoomPage.shownMessages)
        return try request.page(
            "polling.html",
            [
                "title": request.text(kind == .short ? "polling" : "longPolling"),
                "script": kind == .short ? "/static/home.js" : "/static/long.js",
                "room": Polling.room,
                "messages": page.messages.map { $0.values(for: request.user.name) },
                "lastID": page.messages.last?.id ?? 0,
                "more": page.more,
            ])
    }
}
