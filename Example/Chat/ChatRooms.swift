// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// What all rooms share: the store, and the rules for what may be said.
final class ChatRooms: Sendable {
    /// The longest text, in Unicode scalars.
    static let longestText = 4_000
    /// The longest `cid`, in bytes.
    static let longestCID = 64

    /// Where views and consumers find it.
    enum Key: LifespanStateKey {
        static var defaultValue: ChatRooms? { nil }
    }

    let store: MessageStore
    /// What was said where and when.
    let activity: Activity
    /// How far each user has read.
    let marks: ReadMarks
    private let limiter = RateLimiter(limit: 20, window: .seconds(10))

    init(store: MessageStore, activity: Activity = Activity(), marks: ReadMarks = ReadMarks()) {
        self.store = store
        self.activity = activity
        self.marks = marks
    }

    /// Checks and stores a message; all sockets of the room get it from the store.
    ///
    /// - Throws: ``ChatError`` for what the user may not send, ``StoreError`` when it could not be kept.
    func post(_ draft: Message.Draft, at now: Duration) async throws -> MessageStore.Stored {
        guard draft.text.unicodeScalars.count <= Self.longestText else { throw ChatError.tooLong }
        guard !draft.text.allSatisfy(\.isWhitespace), !draft.cid.isEmpty, draft.cid.utf8.count <= Self.longestCID,
            // No database of ours keeps a zero in a text.
            !draft.text.unicodeScalars.contains("\0"), !draft.cid.unicodeScalars.contains("\0")
        else { throw ChatError.badMessage }
        guard limiter.take(draft.user, at: now) else {
            // What is stored already may be asked for again at any time.
            let known = try await store.message(Message.Key(user: draft.user, cid: draft.cid))
            guard let known else { throw ChatError.rateLimited }
            return MessageStore.Stored(message: known, isNew: false)
        }
        let stored = try await store.append(draft)
        if !stored.isNew { limiter.giveBack(draft.user, takenAt: now) }
        return stored
    }
}

extension Scope {
    /// The rooms of this server.
    ///
    /// - Throws: ``HTTPError`` 503 when the chat plug-in has not started.
    var chatRooms: ChatRooms {
        get throws {
            guard let rooms = state[ChatRooms.Key.self] else {
                throw HTTPError(.serviceUnavailable, code: "no_chat", "the chat plug-in has not started")
            }
            return rooms
        }
    }
}

/// Why a message was not taken, as clients are told.
struct ChatError: Error, Hashable {
    let code: String
    let message: String

    static let tooLong = Self(code: "too_long", message: "A message has at most 4000 characters.")
    static let badMessage = Self(code: "bad_message", message: "This is no message.")
    static let rateLimited = Self(code: "rate_limited", message: "At most 20 messages in 10 seconds.")
}
