// SPDX-License-Identifier: Apache-2.0

/// How many links a database has, and how long one is waited for.
public struct PoolSettings: Sendable, Hashable {
    /// Links at most; nil for the backend's own number: SQLite 4 that read, beside the one that writes; PostgreSQL 10.
    public var maximum: Int?
    /// Links that are made when the database is opened, so that the first requests do not wait for them. Default 0.
    public var minimum = 0
    /// How long a task waits for a link before it gets an error. Default 30 s.
    public var patience = Duration.seconds(30)

    /// The defaults.
    public init() {}

    /// Takes a setting out of an URL's query; false if it is none of a pool.
    mutating func take(_ name: Substring, _ value: Substring) throws -> Bool {
        guard name.hasPrefix("pool_") else { return false }
        guard let number = Int(value), (0...10_000).contains(number) else {
            throw ModelError(.value, "\(name)=\(value) is no number between 0 and 10000")
        }
        switch name {
        case "pool_max" where number > 0: maximum = number
        case "pool_min": minimum = number
        case "pool_wait": patience = .seconds(number)
        default: throw ModelError(.value, "\(name)=\(value) is no setting of a pool: pool_max, pool_min, pool_wait")
        }
        return true
    }
}
