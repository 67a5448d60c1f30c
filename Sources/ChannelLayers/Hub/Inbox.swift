// SPDX-License-Identifier: Apache-2.0

public import SluiceCore
import Synchronization

/// The end of a channel in this process: what was sent to one consumer and waits for it, within a budget.
///
/// Any thread offers; each event goes to one of the tasks that take, of which there is nearly always one.
public final class Inbox: EventSource {
    /// The channel's name.
    public let name: ChannelName

    struct State {
        var events = Backlog()
        /// What was broadcast and waits for the client to read; `nil` as long as broadcasts go straight to the socket.
        var broadcasts: Backlog?
        var missed = 0
        /// Whether events may be lost that nobody has counted.
        var isUncertain = false
        /// The broker's health that the consumer has to be told.
        var health: LayerHealth?
        var groups: Set<GroupName> = []
        var takers = WaitingTasks()
        var senders = WaitingTasks()
        var awaitsRelief = false
        var closed = false
    }

    let state = Mutex(State())
    let budget: InboxBudget
    let policy: OverflowPolicy
    let outbox: (any Outbox)?
    let clock: any TimeSource
    let counters: LayerCounters

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
            let fits = state.events.fits(event.byteCount, budget)
            if pressure == .stalled || !fits && (pressure == .full || policy == .coalesce || policy == .wait) {
                let (outcome, dropped) = overflow(&state.events, event, expiry, pressure)
                state.missed += outcome == .stalled ? 1 : dropped
                return (outcome, dropped, outcome == .wait ? WaitingTasks() : state.takers.takeAll())
            }
            guard fits else {
                state.missed += 1
                return (.inboxFull, 0, state.takers.takeAll())
            }
            state.events.append(event, expiry)
            return (.accepted, 0, state.takers.takeAll())
        }
        if dropped > 0 { counters.stalled(dropped) }
        takers.wake()
        return outcome
    }

    /// Does with an event what the policy says.
    ///
    /// - Returns: what became of it, and how many waiting ones went for it; those are missed, and a refused one too.
    func overflow(
        _ backlog: inout Backlog, _ event: LayerEvent, _ expiry: Duration, _ pressure: OutboxPressure
    ) -> (Outcome, dropped: Int) {
        switch policy {
        case .disconnect, .dropNewest:
            return (.stalled, 0)
        case .wait:
            return (.wait, 0)
        case .coalesce where backlog.replace(event, expiry, within: budget.bytes):
            return (.accepted, 1)
        case .coalesce, .dropOldest:
            let dropped = backlog.dropOldest(toFit: event.byteCount, budget, atLeastOne: pressure == .stalled)
            backlog.append(event, expiry)
            return (.accepted, dropped)
        }
    }

    /// Whether an event would be taken now; if not, the waker is woken when there may be room.
    func hasRoom(for event: LayerEvent, orWake waker: Waker) -> Bool {
        let isStalled = (outbox?.pressure ?? .none) == .stalled
        let (hasRoom, awaitsRelief) = state.withLock { state -> (Bool, Bool) in
            if state.closed { return (true, false) }
            let backlog = event.broadcast == nil ? state.events : state.broadcasts ?? Backlog()
            if !isStalled, backlog.fits(event.byteCount, budget) { return (true, false) }
            state.senders.add(waker)
            defer { state.awaitsRelief = state.awaitsRelief || isStalled }
            return (false, isStalled && !state.awaitsRelief)
        }
        if awaitsRelief { awaitRelief() }
        // The client may have begun to read before anybody waited for it.
        if isStalled, let outbox, outbox.pressure < .stalled { waker.wake() }
        return hasRoom
    }

    /// Counts an event that its sender gave up.
    func refuse() {
        let takers = state.withLock { state in
            state.missed += 1
            return state.takers.takeAll()
        }
        takers.wake()
    }

    /// Notes events that the broker has lost; `nil`: perhaps some.
    func miss(_ count: Int?) {
        notify { state in
            if let count { state.missed += count } else { state.isUncertain = true }
        }
    }

    /// Notes that the consumer has to be told of the broker; only the latest change counts.
    func healthChanged(_ health: LayerHealth) {
        notify { $0.health = health }
    }

    private func notify(_ change: (inout State) -> Void) {
        let takers = state.withLock { state in
            guard !state.closed else { return WaitingTasks() }
            change(&state)
            return state.takers.takeAll()
        }
        takers.wake()
    }

    /// Applies the policy to a client for which an event came to nothing. Outside of all locks: an outbox may end the
    /// connection at once, and with it this inbox.
    func applyPolicy() {
        if policy == .disconnect { outbox?.close(code: .tryAgainLater, reason: "too slow") }
    }

    /// Takes the next event: a gap first, if events were missed.
    public func poll() -> InboxEvent? {
        let (found, expired, senders) = state.withLock { state -> (InboxEvent?, Int, WaitingTasks) in
            let expired = state.events.isEmpty ? 0 : state.events.dropExpired(clock.monotonic)
            state.missed += expired
            // What has gone by its age has left room, whatever is taken now.
            let senders = expired > 0 ? state.senders.takeAll() : WaitingTasks()
            if let health = state.health {
                state.health = nil
                return (.health(health), expired, senders)
            }
            if state.missed > 0 || state.isUncertain {
                defer { (state.missed, state.isUncertain) = (0, false) }
                let gap = Gap(count: state.missed, isUncertain: state.isUncertain)
                return (.gap(gap), expired, senders)
            }
            if let event = state.events.popFirst() { return (.event(event), 0, state.senders.takeAll()) }
            return (state.closed ? .closed : nil, 0, senders)
        }
        senders.wake()
        if expired > 0 { counters.expired(expired) }
        return found
    }

    /// Asks for a wake-up at the next event.
    public func arm(_ waker: Waker) -> Bool {
        state.withLock { state in
            guard state.events.isEmpty, state.missed == 0, !state.isUncertain, state.health == nil, !state.closed else {
                return false
            }
            state.takers.add(waker)
            return true
        }
    }

    /// Whether the channel was closed: what waited has been discarded then.
    public var isFinished: Bool { isClosed }

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
        clear(closing: true)
    }

    /// Forgets what waits and all memberships, without ending.
    func reset() {
        _ = clear(closing: false)
    }

    private func clear(closing: Bool) -> Set<GroupName> {
        let (groups, takers, senders) = state.withLock { state -> (Set<GroupName>, WaitingTasks, WaitingTasks) in
            defer {
                state.events = Backlog()
                state.broadcasts = nil
                state.missed = 0
                state.isUncertain = false
                state.health = nil
                state.groups = []
                if closing { state.closed = true }
            }
            return (state.groups, state.takers.takeAll(), state.senders.takeAll())
        }
        takers.wake()
        senders.wake()
        return groups
    }
}
