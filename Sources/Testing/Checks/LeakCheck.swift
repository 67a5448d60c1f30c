// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceConsumers
public import SluiceCore

/// Runs a test's body with a state of its own, and then checks that nothing of it is left; see ``expectNoLeaks(in:)``.
public func withLeakCheck(
    state: LifespanState = .testing(), within limit: Duration = .seconds(5),
    _ body: (LifespanState) async throws -> Void
) async throws {
    try await body(state)
    try await expectNoLeaks(in: state, within: limit)
}

/// Checks that nothing outlived its connection: no consumer, no channel, no membership, no missing `disconnect`.
///
/// - Parameters:
///   - connections: a server's open connections, where there is one.
///   - limit: how long may pass until the last has gone (real time); 5 s by default.
/// - Throws: ``CommunicatorError`` with `leak` that names what is left.
public func expectNoLeaks(
    in state: LifespanState, connections: () -> Int = { 0 }, within limit: Duration = .seconds(5)
) async throws {
    let consumers = state[ConsumerStatistics.self]
    let layers = state[ChannelLayers.self].sorted { $0.key < $1.key }
    func leftOver() -> [String] {
        var left: [String] = []
        if consumers.live != 0 { left.append("\(consumers.live) consumers") }
        if consumers.connects != consumers.disconnects {
            left.append("\(consumers.connects) connects, but \(consumers.disconnects) disconnects")
        }
        for (alias, layer) in layers {
            let statistics = layer.statistics
            if statistics.channels != 0 { left.append("\(statistics.channels) channels of the layer '\(alias)'") }
            if statistics.memberships != 0 { left.append("\(statistics.memberships) memberships of '\(alias)'") }
            if statistics.groups != 0 { left.append("\(statistics.groups) groups of '\(alias)'") }
        }
        let open = connections()
        if open != 0 { left.append("\(open) connections") }
        return left
    }
    do {
        try await eventually("nothing is left", within: limit) { leftOver().isEmpty }
    } catch let error as CommunicatorError where error.code == .timedOut {
        throw CommunicatorError(.leak, "left over after \(limit): \(leftOver().joined(separator: "; "))")
    }
}
