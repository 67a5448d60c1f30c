// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import NIOCore
public import SluiceCore
import SluiceCrypto

/// Values that are quicker to look up than to make (Django's `cache`), under text keys and with an end.
///
/// ```swift
/// let top = try await request.cache.getOrSet("top-rooms", for: .seconds(30)) { try await rooms.top(10) }
/// ```
/// Values are kept as JSON. A value of another type than is asked for, such as one of the version before, counts as not
/// kept. Found in the application's state: put in at start, as `state[Cache.self] = Cache(MemoryCache())`; it is its own
/// key.
public struct Cache: LifespanStateKey, Sendable {
    /// None: asking for the cache of a request is an error then.
    public static var defaultValue: Cache? { nil }
    /// How long values live when nothing else is said: 300 s, as in Django.
    public static let defaultLife = Duration.seconds(300)
    /// The longest key that is kept as it is, in bytes with prefix and version; longer ones are kept by their SHA-256.
    public static let keyLimit = 250

    let store: any CacheStore
    private let life: Duration?
    private let prefix: String
    private let version: Int
    private let flights: CacheFlights

    /// A cache in a store.
    ///
    /// - Parameters:
    ///   - prefix: what keys begin with, for several applications in one store (Django's `KEY_PREFIX`).
    ///   - version: a number that every key has; a new one leaves all old values behind.
    ///   - life: how long values live when nothing else is said; nil until they must go.
    public init(
        _ store: any CacheStore, prefix: String = "", version: Int = 1, life: Duration? = Cache.defaultLife
    ) {
        self.store = store
        self.prefix = prefix
        self.version = version
        self.life = life
        flights = CacheFlights()
    }

    private init(_ other: Cache, version: Int) {
        (store, life, prefix, flights) = (other.store, other.life, other.prefix, other.flights)
        self.version = version
    }

    /// The same cache under another version of its keys.
    public func version(_ version: Int) -> Cache { Cache(self, version: version) }

    /// The value of a key; nil when none is kept, or of another type.
    ///
    /// - Throws: what the store throws.
    public func get<Value: Decodable & Sendable>(_ key: String, as type: Value.Type = Value.self) async throws -> Value?
    {
        try await store.values(of: [name(key)]).first?.flatMap { Self.decode($0) }
    }

    /// The values of the keys that have one.
    ///
    /// - Throws: what the store throws.
    public func getMany<Value: Decodable & Sendable>(
        _ keys: some Sequence<String>, as type: Value.Type = Value.self
    ) async throws -> [String: Value] {
        let keys = Array(keys)
        guard !keys.isEmpty else { return [:] }
        var values: [String: Value] = [:]
        for (key, bytes) in zip(keys, try await store.values(of: keys.map(name))) {
            if let bytes { values[key] = Self.decode(bytes) }
        }
        return values
    }

    /// Keeps a value.
    ///
    /// - Throws: what the store throws; `EncodingError` for a value that JSON cannot hold.
    public func set(_ key: String, to value: some Encodable & Sendable, for life: CacheLife = .standard) async throws {
        try await setMany([key: value], for: life)
    }

    /// Keeps several values.
    ///
    /// - Throws: as ``set(_:to:for:)``.
    public func setMany(_ values: [String: some Encodable & Sendable], for life: CacheLife = .standard) async throws {
        guard let life = kept(life) else { return try await deleteMany(values.keys) }
        guard !values.isEmpty else { return }
        try await store.set(values.map { (name($0), try Self.encode($1)) }, for: life)
    }

    /// Keeps a value if the key has none.
    ///
    /// - Returns: whether it had none: of several who add at once one gets `true`.
    /// - Throws: as ``set(_:to:for:)``.
    @discardableResult
    public func add(
        _ key: String, _ value: some Encodable & Sendable, for life: CacheLife = .standard
    ) async throws -> Bool {
        guard let life = kept(life) else { return false }
        return try await store.add(name(key), try Self.encode(value), for: life)
    }

    /// The value of a key, made and kept when there is none.
    ///
    /// Of many who ask at once in this process one makes it, and the others wait for that one. It is made to its end even
    /// if who asked first is cancelled. An error is thrown to all who wait, and nothing is kept.
    ///
    /// - Throws: what the store and making it throw.
    public func getOrSet<Value: Codable & Sendable>(
        _ key: String, for life: CacheLife = .standard, _ make: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        if let value: Value = try await get(key) { return value }
        let made = try await flights.value(of: name(key) + "\u{0}\(Value.self)") {
            // Somebody may have been faster between the look and this.
            if let value: Value = try await get(key) { return value }
            let value = try await make()
            try await set(key, to: value, for: life)
            return value
        }
        guard let value = made as? Value else {
            throw HTTPError(.internalServerError, code: "cache_type", "another type was made for '\(key)'")
        }
        return value
    }

    /// Adds to a whole number; its end stays as it is.
    ///
    /// - Returns: the sum; nil when nothing is kept.
    /// - Throws: what the store throws; ``HTTPError`` 500 `not_a_number`.
    @discardableResult
    public func increment(_ key: String, by amount: Int = 1) async throws -> Int? {
        try await store.increment(name(key), by: amount)
    }

    /// Sets how long a value lives from now on.
    ///
    /// - Returns: whether one is kept.
    /// - Throws: what the store throws.
    @discardableResult
    public func touch(_ key: String, for life: CacheLife = .standard) async throws -> Bool {
        guard let life = kept(life) else { return try await delete(key) }
        return try await store.touch(name(key), for: life)
    }

    /// Forgets a value.
    ///
    /// - Returns: whether one was kept.
    /// - Throws: what the store throws.
    @discardableResult
    public func delete(_ key: String) async throws -> Bool {
        try await store.delete([name(key)]) == 1
    }

    /// Forgets several values.
    ///
    /// - Throws: what the store throws.
    public func deleteMany(_ keys: some Sequence<String>) async throws {
        let names = keys.map(name)
        if !names.isEmpty { try await store.delete(names) }
    }

    /// Forgets all values of the store, those of other prefixes and versions too.
    ///
    /// - Throws: what the store throws.
    public func clear() async throws {
        try await store.clear()
    }

    // MARK: Keys and values

    /// The key as the store has it (Django's `make_key`).
    func name(_ key: String) -> String {
        let name = "\(prefix):\(version):\(key)"
        return name.utf8.count <= Self.keyLimit ? name : "\(version):sha256:" + Base64URL.encode(SHA256.hash(name))
    }

    /// How long something is kept, nil inside until it must go; nil outside when it is not.
    func kept(_ life: CacheLife) -> Duration?? {
        let end: Duration? =
            switch life {
            case .standard: self.life
            case .limited(let life): life
            case .forever: nil
            }
        if let end, end <= .zero { return nil }
        return .some(end)
    }

    static func encode(_ value: some Encodable) throws -> ByteBuffer {
        ByteBuffer(bytes: try JSONEncoder().encode(value))
    }

    static func decode<Value: Decodable>(_ bytes: ByteBuffer) -> Value? {
        try? JSONDecoder().decode(Value.self, from: Data(bytes.readableBytesView))
    }
}

extension Request {
    /// The application's cache.
    ///
    /// - Throws: ``HTTPError`` 500 `no_cache` when none was put in at start.
    public var cache: Cache {
        get throws(HTTPError) {
            guard let cache = app[Cache.self] else {
                throw HTTPError(
                    .internalServerError, code: "no_cache", "there is no cache: set state[Cache.self] at start")
            }
            return cache
        }
    }
}
