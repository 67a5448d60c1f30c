// SPDX-License-Identifier: Apache-2.0

import DequeModule
import SluiceCore
import Synchronization

/// The histories of a single process's groups, in memory; each has an epoch of its own, which ends with it.
final class GroupLogs: Sendable {
    private let logs = Mutex<[GroupName: GroupLog]>([:])
    private let policy: HistoryPolicy
    private let clock: any TimeSource

    init(_ policy: HistoryPolicy, clock: any TimeSource) {
        self.policy = policy
        self.clock = clock
    }

    func log(of group: GroupName) -> GroupLog {
        let now = clock.monotonic
        return logs.withLock { logs in
            if let log = logs[group] { return log }
            // Groups that nobody uses any more go with the next new one, once there are many.
            if logs.count >= 1_024, logs.count & 0x3FF == 0 { logs = logs.filter { !$0.value.isExpired(now) } }
            let log = GroupLog(policy, clock)
            logs[group] = log
            return log
        }
    }

    func removeAll() {
        logs.withLock { $0 = [:] }
    }
}

/// The last events of one group.
final class GroupLog: Sendable {
    private struct State {
        var epoch = randomHex().prefix(16)
        var last: UInt64 = 0
        var events = Deque<LayerEvent>()
        var used: Duration
        var keys: [String: (position: Position, until: Duration)] = [:]

        var position: Position { Position(epoch: String(epoch), offset: last) }
    }

    private let state: Mutex<State>
    private let policy: HistoryPolicy
    private let clock: any TimeSource

    init(_ policy: HistoryPolicy, _ clock: any TimeSource) {
        self.policy = policy
        self.clock = clock
        state = Mutex(State(used: clock.monotonic))
    }

    /// Gives an event its place and delivers it, in one step, so that all get them in the order of their places.
    ///
    /// - Returns: what the members took; for an event whose key was there before, where that is.
    func append(_ event: LayerEvent, key: String?, deliver: (LayerEvent) -> Receipt) -> Receipt {
        let now = clock.monotonic
        return state.withLock { state in
            expire(&state, now)
            if let key, let before = state.keys[key], before.until > now {
                var receipt = Receipt()
                receipt.position = before.position
                receipt.isDuplicate = true
                return receipt
            }
            state.last += 1
            state.used = now
            let placed = event.at(state.position)
            state.events.append(placed)
            if state.events.count > policy.size { state.events.removeFirst() }
            if let key {
                if state.keys.count >= 1_024 { state.keys = state.keys.filter { $0.value.until > now } }
                state.keys[key] = (state.position, now + .seconds(60))
            }
            var receipt = deliver(placed)
            receipt.position = state.position
            return receipt
        }
    }

    func page(since position: Position?, limit: Int) -> HistoryPage {
        state.withLock { state in
            expire(&state, clock.monotonic)
            let now = state.position
            guard let position else { return HistoryPage(position: now) }
            guard position.epoch == now.epoch, position.offset <= now.offset else {
                return HistoryPage(position: now, isComplete: false)
            }
            let missing = Int(now.offset - position.offset)
            guard missing <= state.events.count, missing <= limit else {
                return HistoryPage(position: now, isComplete: false)
            }
            return HistoryPage(events: Array(state.events.suffix(missing)), position: now)
        }
    }

    func isExpired(_ now: Duration) -> Bool {
        state.withLock { $0.used + .seconds(policy.seconds) < now }
    }

    private func expire(_ state: inout State, _ now: Duration) {
        if state.used + .seconds(policy.seconds) < now { state.events.removeAll() }
    }
}
