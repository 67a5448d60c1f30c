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
        var connects_total: UInt64 = 0
        var disconnects_total: UInt64 = 0
        var messages_in: UInt64 = 0
        var messages_out: UInt64 = 0
        var dropped: [String: UInt64] = [:]
        var rss_bytes = 0
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
            memberships: layer.memberships, connects_total: consumers.connects,
            disconnects_total: consumers.disconnects, messages_in: server.messagesIn,
            messages_out: server.messagesOut, dropped: layer.dropped, rss_bytes: residentBytes())
    }

    private func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
