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
    /// Whether `true` and `false` are values of their own.
    public var hasBooleans = false
    /// Whether JSON has a type of its own, so that no check has to keep other texts out.
    public var hasJSONType = false
    /// Whether a table can be changed in all ways; otherwise it is made anew.
    public var altersTables = false
    /// Whether a condition on groups needs groups to be named.
    public var needsGroupBy = false

    /// A database that can do little.
    public init() {}
}
