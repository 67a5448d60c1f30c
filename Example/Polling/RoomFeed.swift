// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization

/// What is new in one room, for all of its long polls.
///
/// It is one member of the room's group, as a socket is, however many pages wait: a channel for each page would cost each
/// a kilobyte and its own copy of every event, and would have to be emptied while its page is between two polls. Behind
/// this one channel a page costs nothing but its position. The answer that most polls get is encoded once.
final class RoomFeed: Sendable {
    /// Messages kept in memory; who is further behind gets them from the store.
    static let keptMessages = 64

    private struct State {
        /// The room's last messages: all that are behind `floor`.
        var recent: [Message] = []
        var floor = 0
        var lastID = 0
        /// The last answer, for the others who ask the same.
        var answer: (after: Int, news: ByteBuffer)?
    }

    let held = HeldPolls()
    private let room: String
    private let store: MessageStore
    private let layer: any ChannelLayer
    private let inbox: Inbox
    private let state = Mutex(State())

    /// Joins the room's group.
    init(of room: String, store: MessageStore, layer: any ChannelLayer) async throws {
        self.room = room
        self.store = store
        self.layer = layer
        inbox = try layer.open(prefix: "specific", budget: InboxBudget(), policy: .dropOldest, outbox: nil)
        guard let group = Room(room)?.group else { return }
        try await layer.groupAdd(group, inbox.name)
        // Who asks for what was said before is answered from the store.
        let lastID = try await store.lastID(of: room)
        state.withLock { $0 = State(floor: lastID, lastID: lastID) }
        // It ends with its channel.
        Task { [self] in try await follow() }
    }

    /// The id of the last message that is known here.
    var lastID: Int { state.withLock { $0.lastID } }

    /// Leaves the group; nothing is announced any more.
    func close() {
        layer.close(inbox)
    }

    /// The answer to who has everything up to an id, as JSON.
    func news(after id: Int) async throws -> ByteBuffer {
        let (known, messages) = state.withLock { state -> (ByteBuffer?, [Message]?) in
            if let answer = state.answer, answer.after == id { return (answer.news, nil) }
            return (nil, id >= state.floor ? state.recent.filter { $0.id > id } : nil)
        }
        if let known { return known }
        guard let messages, let last = messages.last else {
            return try await store.news(of: room, after: id).json
        }
        let news = try News(messages: messages, lastId: last.id).json
        state.withLock { state in
            if state.lastID == last.id { state.answer = (id, news) }
        }
        return news
    }

    /// An event only says that there is something: what, is read from the store, once for all polls. Events of several
    /// servers may overtake each other, and some may be missed; in the store everything is in order.
    private func follow() async throws {
        while true {
            switch try await inbox.next() {
            case .event(let event):
                if let id = event.value(as: MessagePosted.self)?.message.id, id > lastID { await readOn() }
            case .gap: await readOn()
            case .health: break
            case .closed: return
            }
        }
    }

    private func readOn() async {
        var more = true
        // What cannot be read now is read with the next event.
        while more, let news = try? await store.news(of: room, after: lastID) {
            add(news)
            more = news.more ?? false
        }
    }

    private func add(_ news: News) {
        state.withLock { state in
            state.lastID = max(state.lastID, news.lastId)
            state.recent += news.messages
            let excess = state.recent.count - Self.keptMessages
            if excess > 0 {
                state.floor = state.recent[excess - 1].id
                state.recent.removeFirst(excess)
            }
            state.answer = nil
        }
        held.wakeAll()
    }
}
