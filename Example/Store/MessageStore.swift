// SPDX-License-Identifier: Apache-2.0

import Logging
import Sluice

/// The messages of all rooms in one append-only file of JSON lines.
///
/// What ``append(_:)`` has returned is on the disk. Messages that come while a write is under way wait for it and are
/// then written together (group commit), so the time of an `fsync` is shared by all who wait. One place gives out ids,
/// and publishes in their order.
actor MessageStore {
    /// Called after the commit, message by message in the order of ids.
    typealias Publish = @Sendable (Message) async -> Void

    /// A message in the file, and whether this call has put it there.
    struct Stored: Sendable {
        var message: Message
        var isNew: Bool
    }

    /// A piece of a room's history, oldest message first.
    struct Page: Sendable {
        var messages: [Message]
        /// Whether there are older messages that were asked for but did not fit.
        var more: Bool
    }

    /// Messages that one write takes at most.
    static let batchLimit = 256
    /// Messages that are recognized when they are sent again.
    static let recentLimit = 20_000

    private struct Waiting {
        var draft: Message.Draft
        var continuation: CheckedContinuation<Stored, any Error>
    }

    private let executor = BlockingExecutor(label: "message-store")
    /// `nil` once the store is closed.
    private var file: MessageFile?
    private let clock: any TimeSource
    private let publish: Publish
    private var index: MessageIndex
    private var waiting: [Waiting] = []
    private var isCommitting = false
    private var isClosed = false
    private var closing: CheckedContinuation<Void, Never>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Opens the file and reads it once, to find the rooms and to repair what a crash has left.
    init(
        path: String, recentLimit: Int = recentLimit, clock: any TimeSource = SystemTime(),
        learned: @escaping MessageIndex.Learned = { _ in }, publish: @escaping Publish
    ) throws {
        let file = try MessageFile(path: path)
        var index = MessageIndex(recentLimit: recentLimit, learned: learned)
        try file.locked { try Self.readOn(file, into: &index) }
        (self.file, self.index, self.clock, self.publish) = (file, index, clock, publish)
    }

    /// Stores a message, once: a second one of the same user and `cid` gives the first.
    func append(_ draft: Message.Draft) async throws -> Stored {
        guard !isClosed else { throw StoreError.closed }
        return try await withCheckedThrowingContinuation { continuation in
            waiting.append(Waiting(draft: draft, continuation: continuation))
            guard !isCommitting else { return }
            isCommitting = true
            // Behind the calls that wait for this actor already: their messages go into the same write.
            Task { await commitAll() }
        }
    }

    /// The message that a user has stored under a `cid`, while it is among the recent ones.
    func message(_ key: Message.Key) throws -> Message? {
        try catchUp()
        return try index[key].map { try record(at: $0).message }
    }

    /// Messages of a room with `after < id < before`, the newest that fit into `limit`.
    func page(of room: String, before: Int? = nil, after: Int = 0, limit: Int) throws -> Page {
        try catchUp()
        var page = Page(messages: [], more: false)
        var next = index[room].start(before: before)?.offset
        while let offset = next {
            let record = try record(at: offset)
            guard record.message.id > after else { break }
            if record.message.id < before ?? .max {
                guard page.messages.count < limit else {
                    page.more = true
                    break
                }
                page.messages.append(record.message)
            }
            next = record.previous
        }
        page.messages.reverse()
        return page
    }

    /// The oldest messages of a room behind an id: all of them, or at least one.
    func oldest(of room: String, after id: Int) throws -> [Message] {
        let newest = try page(of: room, after: id, limit: RoomIndex.markDistance)
        // Read backwards from the first mark behind the id, so that the way does not grow with what is missing.
        guard newest.more, let mark = index[room].start(before: id + 1)?.id else { return newest.messages }
        return try page(of: room, before: mark + 1, after: id, limit: RoomIndex.markDistance).messages
    }

    /// The id of a room's last message; 0 for an empty room.
    func lastID(of room: String) throws -> Int {
        try catchUp()
        return index[room].last?.id ?? 0
    }

    /// Waits for what is being written, and takes no more.
    func close() async {
        isClosed = true
        if isCommitting { await withCheckedContinuation { closing = $0 } }
        file = nil
    }
}

extension MessageStore {
    private func commitAll() async {
        while !waiting.isEmpty {
            let batch = waiting.prefix(Self.batchLimit)
            waiting.removeFirst(batch.count)
            do {
                let stored = try commit(batch.map(\.draft))
                for (one, result) in zip(batch, stored) { one.continuation.resume(returning: result) }
                for result in stored where result.isNew { await publish(result.message) }
            } catch {
                for one in batch { one.continuation.resume(throwing: error) }
            }
        }
        isCommitting = false
        closing?.resume()
        closing = nil
    }

    /// Writes the new ones of some messages in one piece. Nothing is changed in memory before they are on the disk.
    private func commit(_ drafts: [Message.Draft]) throws -> [Stored] {
        guard let file else { throw StoreError.closed }
        return try file.locked {
            try Self.readOn(file, into: &index)
            var stored: [Stored] = []
            var fresh: [Message.Key: Message] = [:]
            var places: [(message: Message, offset: Int)] = []
            var lines: [UInt8] = []
            let at = clock.now.iso8601
            for draft in drafts {
                let key = Message.Key(user: draft.user, cid: draft.cid)
                if let known = try fresh[key] ?? index[key].map({ try record(at: $0).message }) {
                    stored.append(Stored(message: known, isNew: false))
                    continue
                }
                let message = Message(
                    id: index.lastID + places.count + 1, cid: draft.cid, room: draft.room, user: draft.user,
                    text: draft.text, at: at)
                let previous =
                    places.last { $0.message.room == draft.room }?.offset ?? index[draft.room].last?.offset
                fresh[key] = message
                places.append((message, file.end + lines.count))
                lines += try MessageRecord(message: message, previous: previous).line()
                stored.append(Stored(message: message, isNew: true))
            }
            if !lines.isEmpty { try file.append(lines) }
            for (message, offset) in places { index.append(message, at: offset) }
            return stored
        }
    }

    /// Learns what another process has written to the same file.
    private func catchUp() throws {
        guard let file, file.hasGrown else { return }
        try file.locked { try Self.readOn(file, into: &index) }
    }

    private static func readOn(_ file: MessageFile, into index: inout MessageIndex) throws {
        let torn = try file.readOn { line, offset throws(StoreError) in
            do throws(StoreError) {
                try index.append(line: line, at: offset)
            } catch {
                throw StoreError(error.code, "'\(file.path)': \(error.description)")
            }
        }
        guard torn > 0 else { return }
        Logger(label: "example.store").warning("a message that was never acknowledged was cut off: \(torn) bytes")
    }

    private func record(at offset: Int) throws -> MessageRecord {
        guard let file else { throw StoreError.closed }
        let record = try MessageRecord(line: file.line(at: offset))
        // Links that lead forward would be followed for ever.
        if let previous = record.previous, previous >= offset {
            throw StoreError(.corrupt, "the message file links forward, at byte \(offset)")
        }
        return record
    }
}
