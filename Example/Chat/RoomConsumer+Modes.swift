// SPDX-License-Identifier: Apache-2.0

import Sluice

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a client says, in both modes.
extension RoomConsumer {
    // MARK: Plain mode

    func receive(plain text: String) async throws {
        guard text != Self.closingText else { return try await close() }
        do {
            _ = try await post(text, cid: UUID().uuidString)
        } catch let error as ChatError {
            // Bare text has no way to tell that nothing was said.
            guard error != .badMessage else { return }
            try await close(code: .policyViolation, reason: error.code)
        }
    }

    // MARK: JSON mode

    /// The first frame, and what was missed since the id that the client names.
    func welcome(to room: Room, _ rooms: ChatRooms) async throws {
        let since = (try? FormFields(parsing: scope.queryString)["since"]).flatMap { Int($0) }
        var missed = MessageStore.Page(messages: [], more: false)
        let lastID = try await rooms.store.lastID(of: room.name)
        var isResumed = false
        if let since, since <= lastID {
            missed = try await rooms.store.page(of: room.name, after: since, limit: Self.replayLimit)
            isResumed = !missed.more
        }
        sentThrough = lastID
        try await lookWhoIsThere(in: room)
        try await send(
            WelcomeFrame(
                user: user, room: room.name, lastId: lastID, resumed: isResumed, heartbeatS: Heartbeat.interval,
                users: people.names))
        if isResumed { try await replay(missed.messages) }
    }

    func receive(frame text: String) async throws {
        do {
            switch try ClientFrame(text) {
            case .send(_, Self.closingText): try await close()
            case .send(let cid, let text): try await say(text, cid: cid)
            case .typing(let on): try await tellTyping(on)
            case .history(let before, let limit): try await sendHistory(before: before, limit: limit)
            case .ping: try await send(PongFrame())
            case .read(let id): try await read(through: id)
            case .get: try await send(ErrorFrame(.badMessage))
            }
        } catch let error as ClientFrame.Malformed {
            try await send(ErrorFrame(.badMessage, cid: error.cid))
        }
    }

    private func say(_ text: String, cid: String) async throws {
        do {
            let message = try await post(text, cid: cid)
            try await send(AckFrame(cid: cid, id: message.id))
        } catch let error as ChatError {
            try await send(ErrorFrame(error, cid: cid))
        }
    }

    private func post(_ text: String, cid: String) async throws -> Message {
        guard let room else { throw ChatError.badMessage }
        let draft = Message.Draft(cid: cid, room: room.name, user: user, text: text)
        return try await scope.chatRooms.post(draft, at: scope.connection.clock.monotonic).message
    }

    private func tellTyping(_ on: Bool) async throws {
        guard let room, typing.allows(on, at: scope.connection.clock.monotonic) else { return }
        try await channelLayer.groupSend(room.group, UserTyping(user: user, on: on), excluding: channelName)
    }

    private func sendHistory(before: Int?, limit: Int) async throws {
        guard let room else { return }
        let page = try await scope.chatRooms.store.page(
            of: room.name, before: before, limit: min(max(1, limit), RoomPage.shownMessages * 2))
        try await send(HistoryFrame(messages: page.messages, more: page.more))
    }
}
