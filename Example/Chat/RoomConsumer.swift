// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// One socket in a room.
///
/// A client that offers the subprotocol `sluice.json.v1` talks in frames (see ``ClientFrame``); one that offers none
/// sends and gets bare text. Both are in the same group.
final class RoomConsumer: LiveConsumer {
    /// To say this is to ask the server for a close.
    static let closingText = "关闭"
    /// Missed messages that a returning client is sent; after more it loads the history.
    static let replayLimit = 1_000

    override class var handlers: [Handler] {
        super.handlers + [.on(RoomConsumer.posted), .on(RoomConsumer.presenceChanged), .on(RoomConsumer.typed)]
    }

    private(set) var room: Room?
    private(set) var isJSON = false
    /// All messages of the room up to this id have been sent, or need not be.
    var sentThrough = 0
    /// Who the client knows to be in the room.
    private(set) var people = People()
    var typing = TypingThrottle()

    override func connect() async throws {
        guard let room = Room(scope.route["group"]) else { throw DenyConnection(status: .notFound) }
        let rooms = try scope.chatRooms
        isJSON = scope.subprotocols.contains(Self.subprotocol)
        // Bare text has no history: it begins with what is said from here on.
        if !isJSON { sentThrough = try await rooms.store.lastID(of: room.name) }
        // First a member, then a reader: what is said in between comes twice and is sent once. The other way round it
        // would be lost.
        try await channelLayer.groupAdd(room.group, channelName)
        try await open(subprotocol: isJSON ? Self.subprotocol : nil)
        self.room = room
        try await channelLayer.track(room.group, channelName, key: user, metadata: [:])
        if isJSON {
            startHeartbeat()
            try await welcome(to: room, rooms)
        }
    }

    override func receive(text: String) async throws {
        beat()
        if isJSON {
            try await receive(frame: text)
        } else {
            try await receive(plain: text)
        }
    }

    override func receive(bytes: ByteBuffer) async throws {
        guard isJSON else { return try await close(code: .unsupportedData, reason: "text is spoken here") }
        try await super.receive(bytes: bytes)
    }

    // MARK: What the room tells

    /// Tells a room's sockets of a message; the store calls it in the order of ids.
    static func announce(_ message: Message, after previous: Int, on layer: any ChannelLayer) async {
        guard let room = Room(message.room), let frame = try? MessageFrame(message: message).json else { return }
        // A member that is full or slow is told by its gap (see `missed`); a broken layer tells its health.
        _ = try? await layer.groupSend(room.group, MessagePosted(message: message, previous: previous, frame: frame))
    }

    func posted(_ event: MessagePosted) async throws {
        guard let room, event.message.id > sentThrough else { return }
        // The events of two servers may overtake each other; in the store everything is in order.
        guard event.previous <= sentThrough else { return try await readOn(in: room) }
        sentThrough = event.message.id
        try await send(text: isJSON ? event.frame : event.message.text)
    }

    func presenceChanged(_ event: PresenceDiff) async throws {
        guard isJSON, people.apply(event) else { return }
        try await send(PresenceFrame(users: people.names))
    }

    func typed(_ event: UserTyping) async throws {
        guard isJSON, event.user != user else { return }
        try await send(TypingFrame(user: event.user, on: event.on))
    }

    /// Events were dropped, because this socket was too slow. What was said is in the store.
    override func missed(_ gap: Gap) async throws {
        guard let room else { return }
        try await readOn(in: room)
        guard isJSON, try await lookWhoIsThere(in: room) else { return }
        try await send(PresenceFrame(users: people.names))
    }

    // MARK: Helpers

    /// Sends what is in the store and was not sent yet.
    private func readOn(in room: Room) async throws {
        let page = try await scope.chatRooms.store.page(of: room.name, after: sentThrough, limit: Self.replayLimit)
        guard !page.more else { return try await close(code: .tryAgainLater, reason: "too slow") }
        try await replay(page.messages)
    }

    /// Reads who is in the room; from here on changes are enough.
    ///
    /// - Returns: whether that is something new.
    @discardableResult
    func lookWhoIsThere(in room: Room) async throws -> Bool {
        let before = people
        people = People(try await channelLayer.presence(room.group))
        return people != before
    }

    /// Sends stored messages in order; the live ones among them are recognized by their id.
    func replay(_ messages: [Message]) async throws {
        for message in messages {
            sentThrough = message.id
            try await send(text: isJSON ? try MessageFrame(message: message).json : message.text)
        }
    }
}
