// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization

/// Broadcasts go to the client's socket past the consumer. For a client that is behind they wait here, as references to
/// the one message, until it reads again: the consumer is not woken for them, unless some were missed.
extension Inbox {
    /// Writes a message to the client's socket; a channel without a socket takes it as an event. After
    /// ``Outcome/stalled`` the caller calls ``applyPolicy()``.
    func broadcast(_ message: SharedMessage, _ event: LayerEvent, expiry: Duration) -> Outcome {
        guard let outbox else { return offer(event, expiry: expiry) }
        let pressure = outbox.pressure
        let kept = state.withLock { state -> Kept? in
            if state.closed { return Kept(outcome: .closed) }
            // What waits goes first.
            if pressure == .none, state.broadcasts == nil { return nil }
            return keep(event, expiry, pressure, &state)
        }
        guard let kept else {
            outbox.broadcast(message)
            return .accepted
        }
        if kept.dropped > 0 { counters.stalled(kept.dropped) }
        kept.takers.wake()
        if kept.awaitsRelief { awaitRelief() }
        return kept.outcome
    }

    private struct Kept {
        var outcome: Outcome
        var dropped = 0
        var takers = WaitingTasks()
        var awaitsRelief = false
    }

    /// Lets a broadcast wait within the budget, or does with it what the policy says.
    private func keep(
        _ event: LayerEvent, _ expiry: Duration, _ pressure: OutboxPressure, _ state: inout State
    ) -> Kept {
        var kept = Kept(outcome: .accepted)
        let wasDirect = state.broadcasts == nil
        var backlog = state.broadcasts.take() ?? Backlog()
        if pressure != .stalled, backlog.fits(event.byteCount, budget) {
            backlog.append(event, expiry)
        } else {
            (kept.outcome, kept.dropped) = overflow(&backlog, event, expiry, pressure)
        }
        // An empty one stays: its last message is being written at this moment, and the next comes behind it.
        state.broadcasts = wasDirect && backlog.isEmpty ? nil : backlog
        let missed = kept.outcome == .stalled ? 1 : kept.dropped
        if missed > 0 {
            state.missed += missed
            kept.takers = state.takers.takeAll()
        }
        kept.awaitsRelief = state.broadcasts != nil && !state.awaitsRelief
        state.awaitsRelief = state.awaitsRelief || kept.awaitsRelief
        return kept
    }

    /// Goes on when the client reads again. Only whoever has set `awaitsRelief` calls it, so that one thread at a time
    /// writes what waits.
    func awaitRelief() {
        outbox?.onRelief { self.relieved() }
    }

    private func relieved() {
        guard let outbox else { return }
        while true {
            let relief = state.withLock { relieve(outbox, &$0) }
            if relief.expired > 0 { counters.expired(relief.expired) }
            relief.senders.wake()
            relief.takers.wake()
            if relief.isBehind { return awaitRelief() }
            guard let message = relief.message else { return }
            outbox.broadcast(message)
        }
    }

    private struct Relief {
        /// The next message to write.
        var message: SharedMessage?
        /// Whether the client is behind again.
        var isBehind = false
        var expired = 0
        var senders = WaitingTasks()
        var takers = WaitingTasks()
    }

    private func relieve(_ outbox: any Outbox, _ state: inout State) -> Relief {
        var relief = Relief(senders: state.senders.takeAll())
        relief.expired = state.broadcasts?.dropExpired(clock.monotonic) ?? 0
        if relief.expired > 0 {
            state.missed += relief.expired
            relief.takers = state.takers.takeAll()
        }
        if state.broadcasts?.isEmpty == false, outbox.pressure > .none {
            relief.isBehind = true
        } else if let event = state.broadcasts?.popFirst() {
            relief.message = event.broadcast  // nothing but broadcasts is put there
        } else {
            state.broadcasts = nil
            state.awaitsRelief = false
        }
        return relief
    }
}
