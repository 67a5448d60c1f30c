// SPDX-License-Identifier: Apache-2.0

public import SluiceCore
import Synchronization

/// Counts the consumers of a process: what `/stats` and metrics show, and what tests check for leaks.
public final class ConsumerStatistics: LifespanStateKey, Sendable {
    /// The process's own counters, unless the state has others.
    public static let defaultValue = ConsumerStatistics()

    private let liveCount = Atomic<Int>(0)
    private let connectCount = Atomic<UInt64>(0)
    private let disconnectCount = Atomic<UInt64>(0)

    /// Counters at zero.
    public init() {}

    /// Consumers that exist now.
    public var live: Int { liveCount.load(ordering: .relaxed) }
    /// Consumers whose `connect` was entered, since the start.
    public var connects: UInt64 { connectCount.load(ordering: .relaxed) }
    /// Consumers whose `disconnect` ran (or that waived it by ``StopConsumer``), since the start.
    public var disconnects: UInt64 { disconnectCount.load(ordering: .relaxed) }

    func created() { liveCount.wrappingAdd(1, ordering: .relaxed) }
    func ended() { liveCount.wrappingSubtract(1, ordering: .relaxed) }
    func connectEntered() { connectCount.wrappingAdd(1, ordering: .relaxed) }
    func disconnectReturned() { disconnectCount.wrappingAdd(1, ordering: .relaxed) }
}
