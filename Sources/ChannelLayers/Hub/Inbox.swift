// SPDX-License-Identifier: Apache-2.0

import DequeModule
public import SluiceCore
import Synchronization

/// The end of a channel in this process: what was sent to one consumer and waits for it, within a budget.
///
/// Any thread offers; each event goes to one of the tasks that take, of which there is nearly always one.
public final class Inbox: EventSource {
    /// The channel's name.
    public let name: ChannelName

    private struct Entry {
        var event: LayerEvent
        var expiry: Duration
    }

    private struct State {
        var entries = Deque<Entry>()
        var bytes = 0
        var missed = 0
        var groups: Set<GroupName> = []
        var takers = WaitingTasks()
        var senders = WaitingTasks()
        var closed = false

        mutating func append(_ event: LayerEvent, _ expiry: Duration) {
            entries.append(Entry(event: event, expiry: expiry))
            bytes += event.byteCount
        }

        /// Puts an event in the place of a waiting one of the same type and key; the older one counts as missed.
        mutating func replace(_ event: LayerEvent, _ expiry: Duration, within limit: Int) -> Bool {
            guard let key = event.coalescingKey,
                let index = entries.firstIndex(where: { $0.event.type == event.type && $0.event.coalescingKey == key })
            else { return false }
            let bytesThen = bytes + event.byteCount - entries[index].event.byteCount
            guard bytesThen <= limit || entries.count == 1 else { return false }
            bytes = bytesThen
            entries[index] = Entry(event: event, expiry: expiry)
            missed += 1
            return true
        }

        /// Makes room at the old end; what goes is told to the consumer as missed.
        mutating func dropOldest(toFit size: Int, _ budget: InboxBudget, atLeastOne: Bool) -> Int {
            var dropped = 0
            while let oldest = entries.first,
                dropped == 0 && atLeastOne || entries.count >= budget.events || bytes + size > budget.bytes
            {
                entries.removeFirst()
                bytes -= oldest.event.byteCount
                dropped += 1
            }
            missed += dropped
            return dropped
        }
    }

    private let state = Mutex(State())
    private let budget: InboxBudget
    private let policy: OverflowPolicy
    private let outbox: (any Outbox)?
    private let clock: any TimeSource
    private let counters: LayerCounters

    init(
        name: ChannelName, budget: InboxBudget, policy: OverflowPolicy, outbox: (any Outbox)?, clock: any TimeSource,
        counters: LayerCounters
    ) {
        self.name = name
        self.budget = budget
        self.policy = policy
        self.outbox = outbox
        self.clock = clock
        self.counters = counters
    }

    /// What became of an offered event.
    enum Outcome {
        case accepted, inboxFull, stalled, closed
        /// The sender may wait for room.
        case wait
    }

    /// Puts an event in, if it fits. After ``Outcome/stalled`` the caller calls ``applyPolicy()``.
    func offer(_ event: LayerEvent, expiry: Duration) -> Outcome {
        let pressure = outbox?.pressure ?? .none
        let (outcome, dropped, takers) = state.withLock { state -> (Outcome, Int, WaitingTasks) in
            if state.closed { return (.closed, 0, WaitingTasks()) }
            let fits =
                state.entries.isEmpty
                || state.entries.count < budget.events && state.bytes + event.byteCount <= budget.bytes
            if pressure == .stalled || !fits && (pressure == .full || policy == .coalesce || policy == .wait) {
                return overflow(&state, event, expiry, pressure)
            }
            guard fits else {
                state.missed += 1
                return (.inboxFull, 0, state.takers.takeAll())
            }
            state.append(event, expiry)
            return (.accepted, 0, state.takers.takeAll())
        }
        if dropped > 0 { counters.stalled(dropped) }
        takers.wake()
        return outcome
    }

    private func overflow(
        _ state: inout State, _ event: LayerEvent, _ expiry: Duration, _ pressure: OutboxPressure
    ) -> (Outcome, Int, WaitingTasks) {
        switch policy {
        case .disconnect, .dropNewest:
            state.missed += 1
            return (.stalled, 0, state.takers.takeAll())
        case .wait:
            return (.wait, 0, WaitingTasks())
        case .coalesce where state.replace(event, expiry, within: budget.bytes):
            return (.accepted, 1, state.takers.takeAll())
        case .coalesce, .dropOldest:
            let dropped = state.dropOldest(toFit: event.byteCount, budget, atLeastOne: pressure == .stalled)
            state.append(event, expiry)
            return (.accepted, dropped, state.takers.takeAll())
        }
    }

    /// Whether an event of that size would be taken now; if not, the waker is woken when room was made.
    func hasRoom(for size: Int, orWake waker: Waker) -> Bool {
        if (outbox?.pressure ?? .none) == .stalled, !isClosed { return false }
        return state.withLock { state in
            let fits =
                state.entries.isEmpty || state.entries.count < budget.events && state.bytes + size <= budget.bytes
            if fits || state.closed { return true }
            state.senders.add(waker)
            return false
        }
    }

    /// Counts an event that its sender gave up.
    func refuse() {
        let takers = state.withLock { state in
            state.missed += 1
            return state.takers.takeAll()
        }
        takers.wake()
    }

    /// Writes a message to the client's socket, past the consumer; a channel without a socket takes it as an event.
    func broadcast(_ message: SharedMessage, _ event: LayerEvent, expiry: Duration) -> Outcome {
        guard let outbox else { return offer(event, expiry: expiry) }
        guard outbox.pressure == .none else {
            let (closed, takers) = state.withLock { state in
                state.missed += 1
                return (state.closed, state.takers.takeAll())
            }
            takers.wake()
            return closed ? .closed : .stalled
        }
        if isClosed { return .closed }
        outbox.broadcast(message)
        return .accepted
    }

    /// Applies the policy to a client for which an event came to nothing. Outside of all locks: an outbox may end the
    /// connection at once, and with it this inbox.
    func applyPolicy() {
        if policy == .disconnect { outbox?.close(code: .tryAgainLater, reason: "too slow") }
    }

    /// Takes the next event: a gap first, if events were missed.
    public func poll() -> InboxEvent? {
        let (found, expired, senders) = state.withLock { state -> (InboxEvent?, Int, WaitingTasks) in
            var expired = 0
            if !state.entries.isEmpty {
                let now = clock.monotonic
                while let first = state.entries.first, first.expiry < now {
                    state.entries.removeFirst()
                    state.bytes -= first.event.byteCount
                    expired += 1
                }
                state.missed += expired
            }
            if state.missed > 0 {
                defer { state.missed = 0 }
                return (.gap(Gap(count: state.missed)), expired, WaitingTasks())
            }
            if let entry = state.entries.popFirst() {
                state.bytes -= entry.event.byteCount
                return (.event(entry.event), expired, state.senders.takeAll())
            }
            return (state.closed ? .closed : nil, expired, WaitingTasks())
        }
        senders.wake()
        if expired > 0 { counters.expired(expired) }
        return found
    }

    /// Asks for a wake-up at the next event.
    public func arm(_ waker: Waker) -> Bool {
        state.withLock { state in
            guard state.entries.isEmpty, state.missed == 0, !state.closed else { return false }
            state.takers.add(waker)
            return true
        }
    }

    /// Whether the channel was closed.
    public var isClosed: Bool { state.withLock { $0.closed } }

    /// Notes a membership; `false` when the inbox was closed meanwhile.
    func join(_ group: GroupName) -> Bool {
        state.withLock { state in
            guard !state.closed else { return false }
            state.groups.insert(group)
            return true
        }
    }

    func leave(_ group: GroupName) {
        state.withLock { _ = $0.groups.remove(group) }
    }

    /// Ends the inbox and gives the groups that it must be taken out of.
    func end() -> Set<GroupName> {
        let (groups, takers, senders) = state.withLock { state -> (Set<GroupName>, WaitingTasks, WaitingTasks) in
            defer {
                state.closed = true
                state.entries = []
                state.bytes = 0
                state.missed = 0
                state.groups = []
            }
            return (state.groups, state.takers.takeAll(), state.senders.takeAll())
        }
        takers.wake()
        senders.wake()
        return groups
    }

    /// Forgets what waits and all memberships, without ending.
    func reset() {
        state.withLock { state in
            state.entries = []
            state.bytes = 0
            state.missed = 0
            state.groups = []
        }
    }
}
