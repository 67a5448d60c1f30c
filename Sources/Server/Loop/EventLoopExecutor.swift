// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import Synchronization

/// Runs the jobs of an event loop's connections on that loop, for their ``ConnectionExecutor``s: no hop between socket and
/// consumer.
///
/// While a read is being handled (``beginBatch()``) jobs only queue up; ``drain()`` runs them all, and then every
/// connection that has something to send is flushed once. A job from another thread wakes the loop once for many.
final class EventLoopExecutor: @unchecked Sendable {
    // Proof: all variables but `foreign`, which has a lock, are touched on the event loop's thread only. Each access is a
    // single call of an array's own, and none lets go of an object (whose end could come back here): lists of objects are
    // emptied where nothing else sees them. So no two accesses can overlap, and none needs to be watched.
    let loop: any EventLoop
    /// Whose job runs.
    let occupants = LoopOccupants()
    @exclusivity(unchecked) private var jobs: [Job] = []
    @exclusivity(unchecked) private var deputies: [Call] = []
    private var batching = false
    private(set) var isDraining = false
    private var scheduled = false
    @exclusivity(unchecked) private var dirty: [any FlushedConnection] = []
    // The room of lists that were emptied, for the next turn.
    private var emptyDeputies: [Call] = []
    private var emptyDirty: [any FlushedConnection] = []
    private let foreign = Mutex<ForeignJobs>(ForeignJobs())

    private struct Job {
        let job: UnownedJob
        // The job's task holds it.
        let owner: Unmanaged<ConnectionExecutor>
    }

    private struct Call {
        let deputy: any WakeDeputy
        let owner: UInt32
    }

    private struct ForeignJobs {
        var jobs: [Job] = []
        var deputies: [Call] = []
        var work: [@Sendable () -> Void] = []
        var scheduled = false
    }

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: UnownedJob, of owner: ConnectionExecutor) {
        let job = Job(job: job, owner: .passUnretained(owner))
        if loop.inEventLoop {
            jobs.append(job)
            scheduleIfNeeded()
            return
        }
        let first = foreign.withLock { foreign -> Bool in
            foreign.jobs.append(job)
            defer { foreign.scheduled = true }
            return !foreign.scheduled
        }
        if first { loop.execute { self.drain() } }
    }

    func call(_ deputy: any WakeDeputy, of owner: ConnectionExecutor) {
        let call = Call(deputy: deputy, owner: owner.number)
        if loop.inEventLoop {
            deputies.append(call)
            scheduleIfNeeded()
            return
        }
        let first = foreign.withLock { foreign -> Bool in
            foreign.deputies.append(call)
            defer { foreign.scheduled = true }
            return !foreign.scheduled
        }
        if first { loop.execute { self.drain() } }
    }

    /// Calls a function on the event loop, soon: many calls from other threads wake the loop once.
    func post(_ work: @escaping @Sendable () -> Void) {
        let first = foreign.withLock { foreign -> Bool in
            foreign.work.append(work)
            defer { foreign.scheduled = true }
            return !foreign.scheduled
        }
        if first { loop.execute { self.drain() } }
    }

    /// Lets jobs queue up until ``drain()``: called when a read begins. On the event loop.
    func beginBatch() {
        batching = true
    }

    /// Notes that a connection has something to flush at the end of this turn. On the event loop.
    func markDirty(_ connection: any FlushedConnection) {
        dirty.append(connection)
        scheduleIfNeeded()
    }

    /// Runs what is queued and flushes what it wrote. On the event loop.
    ///
    /// Jobs that jobs bring along run too, up to a limit, so that a task which wakes itself for ever does not keep the
    /// loop from its sockets.
    func drain() {
        batching = false
        guard !isDraining else { return }
        isDraining = true
        takeForeignJobs()
        var allowed = max(2 * (jobs.count + deputies.count), 1_024)
        repeat {
            runJobs(&allowed)
            callDeputies(&allowed)
        } while allowed > 0 && !(jobs.isEmpty && deputies.isEmpty)
        occupants.endTurn()
        flushDirty()
        isDraining = false
        if !(jobs.isEmpty && deputies.isEmpty && dirty.isEmpty) { scheduleBehindSockets() }
    }

    private func runJobs(_ allowed: inout Int) {
        var next = 0
        while next < jobs.count, allowed > 0 {
            let job = jobs[next]
            next += 1
            allowed -= 1
            // The task, and the executor with it, may be gone when its last job returns.
            let owner = job.owner.takeUnretainedValue()
            occupants.begin(owner.number)
            job.job.runSynchronously(on: owner.asUnownedTaskExecutor())
        }
        if next == jobs.count {
            jobs.removeAll(keepingCapacity: jobs.count <= 4_096)
        } else {
            jobs.removeFirst(next)
        }
    }

    private func callDeputies(_ allowed: inout Int) {
        guard !deputies.isEmpty else { return }
        var calls = emptyDeputies
        emptyDeputies = []
        swap(&calls, &deputies)
        var next = 0
        while next < calls.count, allowed > 0 {
            let call = calls[next]
            next += 1
            allowed -= 1
            occupants.begin(call.owner)
            call.deputy.act()
        }
        if next < calls.count { deputies.insert(contentsOf: calls[next...], at: 0) }
        calls.removeAll(keepingCapacity: calls.count <= 4_096)
        emptyDeputies = calls
    }

    private func takeForeignJobs() {
        let work = foreign.withLock { foreign -> [@Sendable () -> Void] in
            guard foreign.scheduled else { return [] }
            jobs.append(contentsOf: foreign.jobs)
            foreign.jobs.removeAll(keepingCapacity: foreign.jobs.count <= 4_096)
            deputies.append(contentsOf: foreign.deputies)
            foreign.deputies.removeAll(keepingCapacity: foreign.deputies.count <= 4_096)
            foreign.scheduled = false
            defer { foreign.work = [] }
            return foreign.work
        }
        for call in work { call() }
    }

    private func flushDirty() {
        while !dirty.isEmpty {
            var connections = emptyDirty
            emptyDirty = []
            swap(&connections, &dirty)
            for connection in connections { connection.flushNow() }
            connections.removeAll(keepingCapacity: connections.count <= 4_096)
            emptyDirty = connections
        }
    }

    /// Goes on when the loop has looked at its sockets: NIO runs tasks that bring tasks along before it does, for ever.
    private func scheduleBehindSockets() {
        guard !scheduled else { return }
        scheduled = true
        loop.scheduleTask(in: .microseconds(100)) {
            self.scheduled = false
            self.drain()
        }
    }

    private func scheduleIfNeeded() {
        guard !batching, !isDraining, !scheduled else { return }
        scheduled = true
        loop.execute {
            self.scheduled = false
            self.drain()
        }
    }
}

/// A connection whose output of one turn leaves in one flush.
protocol FlushedConnection: AnyObject {
    /// Writes and flushes what was sent in this turn. On the event loop.
    func flushNow()
}
