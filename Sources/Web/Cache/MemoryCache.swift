// SPDX-License-Identifier: Apache-2.0

public import NIOCore
public import SluiceCore
import Synchronization

/// Cached values in the memory of one process (Django's `locmem`): what was not used for the longest time goes first.
public final class MemoryCache: CacheStore {
    /// The most bytes when nothing else is said, keys and 128 bytes for each entry included: 64 MiB.
    public static let defaultByteLimit = 64 << 20
    /// The most entries when nothing else is said.
    public static let defaultCountLimit = 100_000
    /// What an entry takes beside its key and value, about.
    private static let overhead = 128

    private struct Entry {
        var value: ByteBuffer
        var end: Duration?
    }

    private struct State {
        var entries = LeastRecentlyUsed<String, Entry>()
        var bytes = 0
    }

    private let byteLimit: Int
    private let countLimit: Int
    private let clock: any TimeSource
    private let state = Mutex(State())

    /// An empty store.
    ///
    /// - Parameters:
    ///   - byteLimit: the most bytes; a value that is larger by itself is not kept.
    ///   - countLimit: the most entries, at least one.
    public init(
        byteLimit: Int = MemoryCache.defaultByteLimit, countLimit: Int = MemoryCache.defaultCountLimit,
        clock: any TimeSource = SystemTime()
    ) {
        self.byteLimit = byteLimit
        self.countLimit = max(1, countLimit)
        self.clock = clock
    }

    /// How many values are kept, and their bytes; those included that are over and that nobody has asked for.
    public var usage: (count: Int, bytes: Int) { state.withLock { ($0.entries.count, $0.bytes) } }

    /// The values of keys, which count as used.
    public func values(of keys: [String]) async -> [ByteBuffer?] {
        let now = clock.monotonic
        return state.withLock { state in keys.map { Self.find($0, at: now, in: &state)?.value } }
    }

    /// Keeps values.
    public func set(_ values: [(key: String, value: ByteBuffer)], for life: Duration?) async {
        let end = life.map { clock.monotonic + $0 }
        state.withLock { state in
            for (key, value) in values { keep(Entry(value: value, end: end), as: key, in: &state) }
        }
    }

    /// Keeps a value if there is none.
    public func add(_ key: String, _ value: ByteBuffer, for life: Duration?) async -> Bool {
        let now = clock.monotonic
        return state.withLock { state in
            guard Self.find(key, at: now, in: &state) == nil else { return false }
            keep(Entry(value: value, end: life.map { now + $0 }), as: key, in: &state)
            return true
        }
    }

    /// Adds to a number.
    public func increment(_ key: String, by amount: Int) async throws -> Int? {
        let now = clock.monotonic
        return try state.withLock { state in
            guard var entry = Self.find(key, at: now, in: &state) else { return nil }
            guard let number = Int(String(buffer: entry.value)) else { throw HTTPError.notANumber }
            let (sum, overflow) = number.addingReportingOverflow(amount)
            guard !overflow else { throw HTTPError.notANumber }
            entry.value = ByteBuffer(string: String(sum))
            keep(entry, as: key, in: &state)
            return sum
        }
    }

    /// How long a value lives from now on.
    public func touch(_ key: String, for life: Duration?) async -> Bool {
        let now = clock.monotonic
        return state.withLock { state in
            guard var entry = Self.find(key, at: now, in: &state) else { return false }
            entry.end = life.map { now + $0 }
            state.entries.set(key, to: entry)
            return true
        }
    }

    /// Forgets values.
    public func delete(_ keys: [String]) async -> Int {
        let now = clock.monotonic
        return state.withLock { state in
            keys.count { key in
                let isKept = Self.find(key, at: now, in: &state) != nil
                Self.remove(key, from: &state)
                return isKept
            }
        }
    }

    /// Forgets every value.
    public func clear() async {
        state.withLock { $0 = State() }
    }

    /// A value whose end has not come; one that is over goes.
    private static func find(_ key: String, at now: Duration, in state: inout State) -> Entry? {
        guard let entry = state.entries.use(key) else { return nil }
        if let end = entry.end, end <= now {
            remove(key, from: &state)
            return nil
        }
        return entry
    }

    private static func remove(_ key: String, from state: inout State) {
        if let entry = state.entries.remove(key) { state.bytes -= size(key, entry) }
    }

    private static func size(_ key: String, _ entry: Entry) -> Int {
        key.utf8.count + entry.value.readableBytes + overhead
    }

    private func keep(_ entry: Entry, as key: String, in state: inout State) {
        Self.remove(key, from: &state)
        let size = Self.size(key, entry)
        guard size <= byteLimit else { return }
        while state.bytes + size > byteLimit || state.entries.count >= countLimit {
            guard let oldest = state.entries.leastRecent else { break }
            Self.remove(oldest.key, from: &state)
        }
        state.entries.set(key, to: entry)
        state.bytes += size
    }
}
