// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// What `/stats` tells.
final class LabStatistics: LifespanStateKey, Sendable {
    static let defaultValue = LabStatistics()

    struct Snapshot: Encodable {
        var connections = 0
        var consumers = 0
        var groups = 0
        var memberships = 0
        var connectsTotal: UInt64 = 0
        var disconnectsTotal: UInt64 = 0
        var messagesIn: UInt64 = 0
        var messagesOut: UInt64 = 0
        var dropped: [String: UInt64] = [:]
        var limits: [String: UInt64] = [:]
        var blockedLoops: UInt64 = 0
        var heldBytes = 0
        var rssBytes = 0

        enum CodingKeys: String, CodingKey {
            case connections, consumers, groups, memberships, dropped, limits
            case connectsTotal = "connects_total"
            case disconnectsTotal = "disconnects_total"
            case messagesIn = "messages_in"
            case messagesOut = "messages_out"
            case blockedLoops = "blocked_loops"
            case heldBytes = "held_bytes"
            case rssBytes = "rss_bytes"
        }
    }

    private let host = Mutex<@Sendable () -> ApplicationHost?>({ nil })

    /// Where the server's own figures come from.
    func measure(_ host: @escaping @Sendable () -> ApplicationHost?) {
        self.host.withLock { $0 = host }
    }

    func snapshot(_ state: LifespanState) -> Snapshot {
        let consumers = state[ConsumerStatistics.self]
        let layer = state.channelLayer().statistics
        let server = host.withLock { $0 }()?.statistics ?? ServerStatistics()
        return Snapshot(
            connections: server.connections, consumers: consumers.live, groups: layer.groups,
            memberships: layer.memberships, connectsTotal: consumers.connects,
            disconnectsTotal: consumers.disconnects, messagesIn: server.messagesIn,
            messagesOut: server.messagesOut, dropped: layer.dropped,
            limits: server.limits.reduce(into: [:]) { $0["\($1.key)"] = $1.value }, blockedLoops: server.blockedLoops,
            heldBytes: server.heldBytes,
            rssBytes: residentBytes())
    }

    private func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
