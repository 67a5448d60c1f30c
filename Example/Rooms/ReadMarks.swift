// SPDX-License-Identifier: Apache-2.0

import Logging
import Sluice
import Synchronization

/// How far each user has read in each room: the id of a message, which only rises.
///
/// The marks are in memory, and the database follows within a second. A crash may cost the last second's: then something
/// that was read counts as unread once more.
final class ReadMarks: Sendable {
    /// Rooms by name, each with the id.
    typealias Rooms = [String: Int]

    /// The rooms that are remembered for a user; more than ``Activity`` knows.
    static let roomLimit = 2 * Activity.roomLimit
    /// The least time between two writes.
    static let pause = Duration.seconds(1)

    fileprivate struct State {
        var users: [String: Rooms] = [:]
        /// What the database does not know yet.
        var unsaved: [String: Rooms] = [:]
    }

    private let state = Mutex(State())
    private let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let keeping = Mutex<(databases: Databases, task: Task<Void, Never>)?>(nil)

    deinit {
        change.finish()
    }

    /// A user has read up to a message.
    ///
    /// - Returns: whether that is further than before.
    @discardableResult
    func advance(_ user: String, in room: String, to id: Int) -> Bool {
        let isFurther = state.withLock { state in
            guard state.note(user, room, id) else { return false }
            state.unsaved[user, default: [:]][room] = id
            return true
        }
        if isFurther { change.yield() }
        return isFurther
    }

    /// How far a user has read; 0 for a room where the user has not been.
    func mark(of user: String, in room: String) -> Int {
        state.withLock { $0.users[user]?[room] ?? 0 }
    }
}

extension ReadMarks.State {
    /// - Returns: whether that is further than before.
    mutating func note(_ user: String, _ room: String, _ id: Int) -> Bool {
        guard id > users[user]?[room] ?? 0 else { return false }
        users[user, default: [:]][room] = id
        if let rooms = users[user], rooms.count >= 2 * ReadMarks.roomLimit { users[user] = Self.latest(of: rooms) }
        return true
    }

    /// The half of the rooms in which the marks are highest.
    private static func latest(of rooms: ReadMarks.Rooms) -> ReadMarks.Rooms {
        let border = rooms.values.sorted()[rooms.count - ReadMarks.roomLimit]
        return rooms.filter { $0.value >= border }
    }
}

extension ReadMarks {
    /// Keeps the marks in a database from now on, where they are found again.
    func keep(in databases: Databases, clock: any TimeSource = SystemTime()) {
        let task = Task { [changes, weak self] in
            for await _ in changes {
                guard let self else { return }
                await self.save(in: databases)
                try? await clock.sleep(for: Self.pause)
            }
        }
        keeping.withLock { $0 = (databases, task) }
    }

    /// Learns what this user has read, here before or by another process. What cannot be read now is a comfort less.
    func refresh(_ user: String) async {
        guard let databases = keeping.withLock({ $0?.databases }) else { return }
        let rows = try? await databases.run {
            try await ReadMark.objects.filter { $0.user == user }.order(by: \.message.desc)[..<Self.roomLimit].fetch()
        }
        state.withLock { state in
            for row in rows ?? [] { _ = state.note(user, row.room, row.message) }
        }
    }

    /// Writes what is not written yet, and writes no more.
    func close() async {
        guard let (databases, task) = keeping.withLock({ $0.take() }) else { return }
        task.cancel()
        await task.value
        await save(in: databases)
    }

    private func save(in databases: Databases) async {
        let unsaved = state.withLock { state in
            defer { state.unsaved = [:] }
            return state.unsaved
        }
        let rows = unsaved.flatMap { user, rooms in
            rooms.map { ReadMark(user: user, room: $0.key, message: $0.value) }
        }
        guard !rows.isEmpty else { return }
        do {
            _ = try await databases.run {
                try await ReadMark.objects.bulkCreate(rows, updating: { $0.message }, unique: { ($0.user, $0.room) })
            }
        } catch {
            Logger(label: "example.rooms").error("read marks could not be kept: \(error)")
            // They go with the next ones, unless the user has read on meanwhile.
            state.withLock { $0.unsaved.merge(unsaved) { $1.merging($0) { max($0, $1) } } }
        }
    }
}
