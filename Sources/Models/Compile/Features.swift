// SPDX-License-Identifier: Apache-2.0

/// What a database can do: values, so that what it cannot is refused before any SQL is sent.
public struct Features: Sendable {
    /// How many values one statement may bind.
    public var maxBinds = 32_766
    /// Whether rows can be made distinct by some columns (`DISTINCT ON`).
    public var hasDistinctOn = false
    /// Whether rows can be locked (`SELECT … FOR UPDATE`).
    public var hasRowLocks = false
    /// Whether a JSON column can be asked what it contains.
    public var hasJSONContainment = false
    /// Whether parts of a set operation may stand in parentheses, with their own order and limit.
    public var hasNestedCompounds = false
    /// Whether a grouped query may leave out the columns that depend on a key.
    public var groupsBySelectedKeys = false
    /// Whether a counted key must be told not to be counted by leaving its column out.
    public var hasReturning = true

    /// A database that can do little.
    public init() {}
}
