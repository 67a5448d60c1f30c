// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What a layer counts since its start; any thread adds.
final class LayerCounters: Sendable {
    private let deliveredCount = Atomic<UInt64>(0)
    private let inboxFullCount = Atomic<UInt64>(0)
    private let stalledCount = Atomic<UInt64>(0)
    private let expiredCount = Atomic<UInt64>(0)

    private let otherCounts = Mutex<[String: UInt64]>([:])

    func delivered(_ count: Int) { deliveredCount.wrappingAdd(UInt64(count), ordering: .relaxed) }
    func inboxFull(_ count: Int) { inboxFullCount.wrappingAdd(UInt64(count), ordering: .relaxed) }
    func stalled(_ count: Int) { stalledCount.wrappingAdd(UInt64(count), ordering: .relaxed) }
    func expired(_ count: Int) { expiredCount.wrappingAdd(UInt64(count), ordering: .relaxed) }

    func dropped(_ count: Int, reason: String) {
        otherCounts.withLock { $0[reason, default: 0] += UInt64(count) }
    }

    func add(_ receipt: Receipt) {
        if receipt.accepted > 0 { delivered(receipt.accepted) }
        if receipt.refused.inboxFull > 0 { inboxFull(receipt.refused.inboxFull) }
        if receipt.refused.stalled > 0 { stalled(receipt.refused.stalled) }
    }

    func fill(_ statistics: inout LayerStatistics) {
        statistics.delivered = deliveredCount.load(ordering: .relaxed)
        for (reason, counter) in [
            ("inbox_full", inboxFullCount.load(ordering: .relaxed)), ("stalled", stalledCount.load(ordering: .relaxed)),
            ("expired", expiredCount.load(ordering: .relaxed)),
        ] where counter > 0 {
            statistics.dropped[reason] = counter
        }
        statistics.dropped.merge(otherCounts.withLock { $0 }) { $1 }
    }
}
