// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import SluiceWebSocket
import Synchronization

/// What the connections of one event loop share: their executor, a coarse clock, the list to sweep and to drain.
final class LoopContext: @unchecked Sendable {
    // Proof: the variables and `deflate` are touched on the event loop's thread only; the counters are atomic.
    let executor: EventLoopExecutor
    let counters = LoopCounters()
    /// What compressed WebSockets borrow; `nil` where none are.
    let deflate: DeflateContexts?

    /// Seconds since the loop was first used: what time-outs are counted in, read without a system call.
    private(set) var second: UInt32 = 0
    private var connections: [any SweptConnection] = []
    private var dateSecond: Int64 = .min
    private var date = ""
    private var sweeping = false
    private let swept: @Sendable (LoopContext) -> Void

    /// - Parameter swept: called when all connections have been looked at, every second.
    init(
        _ loop: any EventLoop, deflate: ServerConfiguration.Deflate? = nil,
        swept: @escaping @Sendable (LoopContext) -> Void
    ) {
        executor = EventLoopExecutor(loop)
        self.deflate = deflate.map { DeflateContexts(configuration: $0.codec) }
        self.swept = swept
    }

    var loop: any EventLoop { executor.loop }

    /// Adds a connection to those that are looked at every second.
    func add(_ connection: any SweptConnection) {
        connection.sweepIndex = connections.count
        connections.append(connection)
        counters.opened()
        startSweeping()
    }

    /// Takes a connection out; the last one takes its place.
    func remove(_ connection: any SweptConnection) {
        let index = connection.sweepIndex
        guard index >= 0 else { return }
        connection.sweepIndex = -1
        let last = connections.removeLast()
        if last !== connection {
            connections[index] = last
            last.sweepIndex = index
        }
        counters.closed()
    }

    /// Puts a connection in the place of another one, of the same channel.
    func replace(_ old: any SweptConnection, with new: any SweptConnection) {
        let index = old.sweepIndex
        guard index >= 0 else { return add(new) }
        old.sweepIndex = -1
        new.sweepIndex = index
        connections[index] = new
    }

    /// Asks every connection to end, gently: those that end by themselves at once, the others in batches.
    func drain(_ pace: DrainPace) {
        var lasting: [any SweptConnection] = []
        // A copy: connections that end at once leave the list.
        for connection in Array(connections) {
            if connection.isLasting { lasting.append(connection) } else { connection.drain() }
        }
        drain(lasting[...], pace, batch: 0, unanswered: [])
    }

    private func drain(
        _ connections: ArraySlice<any SweptConnection>, _ pace: DrainPace, batch: Int,
        unanswered: [any SweptConnection]
    ) {
        var unanswered = unanswered.filter { $0.sweepIndex >= 0 }
        let size = pace.size(ofBatch: batch, of: connections.count, unanswered: unanswered.count)
        for connection in connections.prefix(size) where connection.sweepIndex >= 0 {
            connection.drain()
            unanswered.append(connection)
        }
        let rest = connections.dropFirst(size)
        guard !rest.isEmpty else { return }
        loop.assumeIsolated().scheduleTask(in: pace.interval) {
            self.drain(rest, pace, batch: batch + 1, unanswered: unanswered)
        }
    }

    /// Ends every connection at once.
    func abort() {
        for connection in Array(connections) { connection.abort() }
    }

    /// Cuts connections until so many bytes are free: those first that hold the most for the longest.
    ///
    /// - Returns: how many were cut.
    func shed(bytes: Int) -> Int {
        let order =
            connections
            .map { (connection: $0, weight: Double($0.heldBytes) * Double($0.secondsBehind(second) + 1)) }
            .sorted { $0.weight > $1.weight }
        var (freed, count) = (0, 0)
        for (connection, weight) in order where freed < bytes && weight > 0 {
            freed += connection.heldBytes
            count += 1
            connection.shed()
        }
        return count
    }

    /// Closes a channel; behind the turn that runs now, if one does. NIO tells of the end of the input by
    /// `channelReadComplete`, in which its debug build does not expect the channel to be closed.
    func close(_ context: ChannelHandlerContext?, mode: CloseMode = .all) {
        guard let context else { return }
        guard executor.isDraining else { return context.close(mode: mode, promise: nil) }
        let channel = context.channel
        loop.execute { channel.close(mode: mode, promise: nil) }
    }

    /// The `Date` field's value, made once a second.
    func httpDate(_ clock: any TimeSource) -> String {
        let now = clock.now
        if now.seconds != dateSecond {
            dateSecond = now.seconds
            date = now.httpDate
        }
        return date
    }

    private func startSweeping() {
        guard !sweeping else { return }
        sweeping = true
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [weak self] task in
            guard let self else { return task.cancel() }
            self.second &+= 1
            for connection in Array(self.connections) { connection.sweep(second: self.second) }
            self.counters.held(self.connections.reduce(0) { $0 + $1.heldBytes })
            self.swept(self)
            if self.connections.isEmpty {
                self.sweeping = false
                task.cancel()
            }
        }
    }
}

/// A connection that its loop looks at every second for time-outs, and ends when the server stops.
protocol SweptConnection: AnyObject {
    /// Its place in the loop's list, −1 when it is not in it.
    var sweepIndex: Int { get set }
    /// Whether it stays until one side ends it, and its client comes back then: such as a WebSocket.
    var isLasting: Bool { get }
    /// Checks time-outs; `second` counts up by one.
    func sweep(second: UInt32)
    /// Ends gently: what runs is finished, sockets are closed with 1012.
    func drain()
    /// Ends at once.
    func abort()
    /// Bytes that it holds for a client that does not read, or for an application that does not take them; as of the
    /// last sweep.
    var heldBytes: Int { get }
    /// Seconds since the client has read the last of what is queued for it, or said the last of what is awaited.
    func secondsBehind(_ second: UInt32) -> UInt32
    /// Ends at once, since all together hold too much.
    func shed()
}

/// What one loop counts: written by its thread alone, read by any.
final class LoopCounters: Sendable {
    private let connectionCount = Atomic<Int>(0)
    private let taskCount = Atomic<Int>(0)
    private let inCount = Atomic<UInt64>(0)
    private let outCount = Atomic<UInt64>(0)
    private let heldCount = Atomic<Int>(0)

    var connections: Int { connectionCount.load(ordering: .relaxed) }
    var tasks: Int { taskCount.load(ordering: .relaxed) }
    var messagesIn: UInt64 { inCount.load(ordering: .relaxed) }
    var messagesOut: UInt64 { outCount.load(ordering: .relaxed) }

    var heldBytes: Int { heldCount.load(ordering: .relaxed) }

    // One writer each, so a load and a store are enough and no bus is locked.
    func opened() { connectionCount.store(connections + 1, ordering: .relaxed) }
    func closed() { connectionCount.store(connections - 1, ordering: .relaxed) }
    func taskStarted() { taskCount.store(tasks + 1, ordering: .relaxed) }
    func taskEnded() { taskCount.store(tasks - 1, ordering: .relaxed) }
    func held(_ bytes: Int) { heldCount.store(bytes, ordering: .relaxed) }
    func messageIn() { inCount.store(messagesIn + 1, ordering: .relaxed) }
    func messageOut() { outCount.store(messagesOut + 1, ordering: .relaxed) }
}
