// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The messages of all rooms.
///
/// What ``append(_:)`` has returned is committed. Messages that come while a transaction is under way wait for it and
/// are then written by one together (group commit). Several processes may share the database: ids rise in the order of
/// commits, see ``MessageCounter``.
actor MessageStore {
    /// Called after the commit, message by message in the order of ids, with the id of the room's message before.
    typealias Publish = @Sendable (_ message: Message, _ previous: Int) async -> Void
    /// Called with each message in the database, found or new, once and in the order of ids.
    typealias Learned = @Sendable (Message) -> Void

    /// A message in the database, and whether this call has put it there.
    struct Stored: Sendable {
        var message: Message
        var isNew: Bool
        /// The id of the room's message before; 0 for its first one, and where it is not new.
        var previous = 0
    }

    /// A piece of a room's history, oldest message first.
    struct Page: Sendable {
        var messages: [Message]
        /// Whether there are older messages that were asked for but did not fit.
        var more: Bool
    }

    /// Messages that one transaction takes at most.
    static let batchLimit = 256
    /// Messages that are read at a time.
    static let readLimit = 1_000

    private struct Waiting {
        var draft: Message.Draft
        var continuation: CheckedContinuation<Stored, any Error>
    }

    private let databases: Databases
    private let clock: any TimeSource
    private let learned: Learned
    private let publish: Publish
    /// All messages up to this id have been told to `learned`.
    private var lastID = 0
    private var waiting: [Waiting] = []
    private var isCommitting = false
    private var isClosed = false
    private var closing: CheckedContinuation<Void, Never>?

    /// Learns what is in the database.
    init(
        _ databases: Databases, clock: any TimeSource = SystemTime(), learned: @escaping Learned = { _ in },
        publish: @escaping Publish = { _, _ in }
    ) async throws {
        (self.databases, self.clock, self.learned, self.publish) = (databases, clock, learned, publish)
        try await catchUp()
    }

    /// Stores a message, once: a second one of the same user and `cid` gives the first.
    func append(_ draft: Message.Draft) async throws -> Stored {
        guard !isClosed else { throw StoreError.closed }
        return try await withCheckedThrowingContinuation { continuation in
            waiting.append(Waiting(draft: draft, continuation: continuation))
            guard !isCommitting else { return }
            isCommitting = true
            // Behind the calls that wait for this actor already: their messages go into the same transaction.
            Task { await commitAll() }
        }
    }

    /// The message that a user has stored under a `cid`.
    func message(_ key: Message.Key) async throws -> Message? {
        try await databases.run {
            try await StoredMessage.objects.filter { $0.user == key.user && $0.cid == key.cid }.first()?.message
        }
    }

    /// Messages of a room with `after < id < before`, the newest that fit into `limit`.
    func page(of room: String, before: Int? = nil, after: Int = 0, limit: Int) async throws -> Page {
        let before = before ?? .max
        let rows = try await databases.run {
            try await StoredMessage.objects.filter { $0.room == room && $0.id > after && $0.id < before }
                .order(by: \.id.desc)[..<(limit + 1)].fetch()
        }
        return Page(messages: rows.prefix(limit).reversed().map(\.message), more: rows.count > limit)
    }

    /// The oldest messages of a room behind an id.
    func oldest(of room: String, after id: Int, limit: Int = readLimit) async throws -> [Message] {
        try await databases.run {
            try await StoredMessage.objects.filter { $0.room == room && $0.id > id }
                .order(by: \.id.asc)[..<limit].fetch().map(\.message)
        }
    }

    /// The id of a room's last message; 0 for an empty room.
    func lastID(of room: String) async throws -> Int {
        try await databases.run { try await Self.lastID(of: room) }
    }

    /// Learns what other processes have stored meanwhile.
    func catchUp() async throws {
        var isComplete = false
        while !isComplete {
            let news = try await databases.run { try await Self.messages(after: lastID) }
            learn(news)
            isComplete = news.count < Self.readLimit
        }
    }

    /// Waits for what is being written, and takes no more.
    func close() async {
        isClosed = true
        if isCommitting { await withCheckedContinuation { closing = $0 } }
    }
}

extension MessageStore {
    private func commitAll() async {
        while !waiting.isEmpty {
            let batch = Array(waiting.prefix(Self.batchLimit))
            waiting.removeFirst(batch.count)
            do {
                let stored = try await commit(batch.map(\.draft))
                for (one, result) in zip(batch, stored) { one.continuation.resume(returning: result) }
                for result in stored where result.isNew { await publish(result.message, result.previous) }
            } catch {
                for one in batch { one.continuation.resume(throwing: error) }
            }
        }
        isCommitting = false
        closing?.resume()
        closing = nil
    }

    /// One transaction for all.
    private func commit(_ drafts: [Message.Draft]) async throws -> [Stored] {
        let at = Timestamp(milliseconds: clock.now)
        let stored = try await databases.run {
            try await databases.main.transaction {
                var counter = try await MessageCounter.locked()
                var known = try await Self.known(of: drafts)
                var last: [String: Int] = [:]
                var rows: [StoredMessage] = []
                var results: [Stored] = []
                for draft in drafts {
                    if let message = known[draft.key] {
                        results.append(Stored(message: message, isNew: false))
                        continue
                    }
                    if last[draft.room] == nil { last[draft.room] = try await Self.lastID(of: draft.room) }
                    counter.last += 1
                    let row = StoredMessage(draft, id: counter.last, at: at)
                    rows.append(row)
                    known[draft.key] = row.message
                    results.append(Stored(message: row.message, isNew: true, previous: last[draft.room] ?? 0))
                    last[draft.room] = row.id
                }
                if !rows.isEmpty {
                    try await counter.save()
                    _ = try await StoredMessage.objects.bulkCreate(rows)
                }
                return results
            }
        }
        // What others have stored before comes first.
        try? await catchUp()
        return stored
    }

    private func learn(_ messages: [Message]) {
        for message in messages where message.id > lastID {
            lastID = message.id
            learned(message)
        }
    }

    private static func known(of drafts: [Message.Draft]) async throws -> [Message.Key: Message] {
        let (users, cids) = (Set(drafts.map(\.user)), Set(drafts.map(\.cid)))
        let rows = try await StoredMessage.objects.filter { $0.user.in(Array(users)) && $0.cid.in(Array(cids)) }.fetch()
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.message.key, $0.message) })
    }

    private static func lastID(of room: String) async throws -> Int {
        try await StoredMessage.objects.filter { $0.room == room }.order(by: \.id.desc).values(\.id).first() ?? 0
    }

    private static func messages(after id: Int) async throws -> [Message] {
        try await StoredMessage.objects.filter { $0.id > id }.order(by: \.id.asc)[..<readLimit].fetch().map(\.message)
    }
}
