// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The socket of the list of rooms: tells its user's unread messages in each.
final class RoomListConsumer: LiveConsumer {
    /// All open lists.
    static let group: GroupName = "rooms"

    override class var handlers: [Handler] {
        super.handlers + [.on(RoomListConsumer.roomChanged), .on(RoomListConsumer.roomRead)]
    }
    override class var groups: [GroupName] { [group] }
    /// Only a room's latest event counts, since each is answered by what is true then.
    override class var overflowPolicy: OverflowPolicy { .coalesce }

    override func connect() async throws {
        try await channelLayer.groupAdd(Self.group(of: user), channelName)
        try await super.connect()
    }

    override func welcome() async throws {
        let rooms = try await scope.chatRooms.summaries(for: user)
        try await send(RoomListWelcomeFrame(user: user, heartbeatS: Heartbeat.interval, rooms: rooms))
    }

    func roomChanged(_ event: RoomChanged) async throws {
        try await tell(of: event.room)
    }

    func roomRead(_ event: RoomRead) async throws {
        // It may have been read on a page of another server.
        try scope.chatRooms.marks.advance(user, in: event.room, to: event.through)
        try await tell(of: event.room)
    }

    /// Which rooms' events were missed is not known.
    override func missed(_ gap: Gap) async throws {
        for summary in try await scope.chatRooms.summaries(for: user) { try await send(RoomFrame(summary)) }
    }

    private func tell(of room: String) async throws {
        guard let summary = try await scope.chatRooms.summary(of: room, for: user) else { return }
        try await send(RoomFrame(summary))
    }
}

extension RoomListConsumer {
    /// The open lists of one user.
    static func group(of user: String) -> GroupName { "rooms.of.\(user)" }

    /// Tells all lists of a message.
    static func announce(_ message: Message, on layer: any ChannelLayer) async {
        // A broken layer tells its health; whoever missed an event is told by its gap.
        _ = try? await layer.groupSend(group, RoomChanged(room: message.room))
    }
}
