// SPDX-License-Identifier: Apache-2.0

/// What a layer holds and has done in this process: for `/stats`, metrics and tests.
public struct LayerStatistics: Sendable, Hashable {
    /// Groups with members in this process.
    public var groups = 0
    /// Memberships of this process's channels in groups.
    public var memberships = 0
    /// Channels of consumers that are open.
    public var channels = 0
    /// Events handed to inboxes since the start.
    public var delivered: UInt64 = 0
    /// Events that were not delivered since the start, by reason: `inbox_full`, `stalled`, `expired`, and
    /// what a broker counts, such as `broker_down`, `undecodable`.
    public var dropped: [String: UInt64] = [:]

    /// Nothing yet.
    public init() {}
}
