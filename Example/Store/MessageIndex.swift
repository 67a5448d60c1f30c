// SPDX-License-Identifier: Apache-2.0

/// What is kept in memory of the file: a place or two for each room, and the recent messages by their keys.
struct MessageIndex {
    /// Called with each message that is in the file, found or new, once and in the order of ids.
    typealias Learned = @Sendable (Message) -> Void

    private(set) var lastID = 0
    private var rooms: [String: RoomIndex] = [:]
    private var recent: RecentMessages
    private let learned: Learned

    init(recentLimit: Int, learned: @escaping Learned) {
        self.learned = learned
        recent = RecentMessages(limit: recentLimit)
    }

    subscript(room: String) -> RoomIndex { rooms[room] ?? RoomIndex() }

    /// Byte offset of a recent message's line.
    subscript(key: Message.Key) -> Int? { recent[key] }

    mutating func append(_ message: Message, at offset: Int) {
        lastID = message.id
        rooms[message.room, default: RoomIndex()].append(.init(id: message.id, offset: offset))
        recent.append(message.key, offset: offset)
        learned(message)
    }

    /// Adds a line that was found in the file.
    ///
    /// - Throws: ``StoreError`` `corrupt` for what is no message, or not behind the last one.
    mutating func append(line: ArraySlice<UInt8>, at offset: Int) throws(StoreError) {
        guard let message = try? MessageRecord(line: line).message, message.id > lastID else {
            throw StoreError(.corrupt, "there is no message at byte \(offset)")
        }
        append(message, at: offset)
    }
}
