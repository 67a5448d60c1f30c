// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization

/// How far each user has read in each room: the id of a message, which only rises.
///
/// The marks are in memory, and a file follows them within a second. A crash may cost the last second's: then something
/// that was read counts as unread once more.
final class ReadMarks: Sendable {
    /// Rooms by name, each with the id.
    typealias Rooms = [String: Int]

    /// The rooms that are remembered for a user; more than ``Activity`` knows.
    static let roomLimit = 2 * Activity.roomLimit
    /// The least time between two writes.
    static let pause = Duration.seconds(1)

    private let users = Mutex<[String: Rooms]>([:])
    private let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let keeping = Mutex<(file: ReadMarksFile, task: Task<Void, Never>)?>(nil)

    deinit {
        change.finish()
    }

    /// A user has read up to a message.
    ///
    /// - Returns: whether that is further than before.
    @discardableResult
    func advance(_ user: String, in room: String, to id: Int) -> Bool {
        let isFurther = users.withLock { users in
            guard id > users[user]?[room] ?? 0 else { return false }
            users[user, default: [:]][room] = id
            if let rooms = users[user], rooms.count >= 2 * Self.roomLimit { users[user] = Self.latest(of: rooms) }
            return true
        }
        if isFurther { change.yield() }
        return isFurther
    }

    /// How far a user has read; 0 for a room where the user has not been.
    func mark(of user: String, in room: String) -> Int {
        users.withLock { $0[user]?[room] ?? 0 }
    }

    /// The half of the rooms in which the marks are highest.
    private static func latest(of rooms: Rooms) -> Rooms {
        let border = rooms.values.sorted()[rooms.count - roomLimit]
        return rooms.filter { $0.value >= border }
    }
}

extension ReadMarks {
    /// Adds the marks of a file, and keeps them there from now on.
    ///
    /// - Parameter lastID: a room's last message. A mark behind it is of another database, and would hide what comes.
    func keep(in file: ReadMarksFile, through lastID: (String) -> Int, clock: any TimeSource = SystemTime()) async {
        for (user, rooms) in await file.load() {
            for (room, id) in rooms { advance(user, in: room, to: min(id, lastID(room))) }
        }
        let task = Task { [changes, weak self] in
            for await _ in changes {
                guard let users = self?.users.withLock({ $0 }) else { return }
                await file.save(users)
                try? await clock.sleep(for: Self.pause)
            }
        }
        keeping.withLock { $0 = (file, task) }
    }

    /// Writes what is not written yet, and writes no more.
    func close() async {
        guard let (file, task) = keeping.withLock({ $0.take() }) else { return }
        task.cancel()
        await task.value
        await file.save(users.withLock { $0 })
    }
}
