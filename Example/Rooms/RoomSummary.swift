// SPDX-License-Identifier: Apache-2.0

/// A room as one user's list shows it.
struct RoomSummary: Encodable, Hashable, Sendable {
    /// The rooms that a list shows.
    static let limit = 200

    var room: String
    /// Messages that the user has not read, counted up to ``RoomTrail/idLimit``.
    var unread: Int
    var lastId: Int
    /// When the last message was stored, as ISO 8601.
    var at: String
}

extension ChatRooms {
    /// Learns what other processes have stored in the same database.
    func catchUp() async throws {
        try await store.catchUp()
    }

    /// The rooms in which somebody spoke last, the latest first.
    func summaries(for user: String) async throws -> [RoomSummary] {
        try await catchUp()
        await marks.refresh(user)
        return activity.latestRooms(RoomSummary.limit).map { summary(of: $0.name, $0.trail, for: user) }
    }

    /// A room; `nil` where nobody has said anything.
    func summary(of room: String, for user: String) async throws -> RoomSummary? {
        try await catchUp()
        return activity[room].map { summary(of: room, $0, for: user) }
    }

    private func summary(of room: String, _ trail: RoomTrail, for user: String) -> RoomSummary {
        RoomSummary(
            room: room, unread: trail.unread(after: marks.mark(of: user, in: room)), lastId: trail.lastID,
            at: trail.lastAt)
    }
}

/// Comes first on a list's socket.
struct RoomListWelcomeFrame: ServerFrame {
    let type = "welcome"
    var user: String
    /// Seconds between a client's pings.
    var heartbeatS: Int
    var rooms: [RoomSummary]
}

/// A room has changed for this user.
struct RoomFrame: ServerFrame {
    let type = "room"
    var room: String
    var unread: Int
    var lastId: Int
    var at: String

    init(_ summary: RoomSummary) {
        (room, unread, lastId, at) = (summary.room, summary.unread, summary.lastId, summary.at)
    }
}
