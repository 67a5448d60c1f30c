// SPDX-License-Identifier: Apache-2.0

import Logging
import SluiceChannelLayers
import SluiceCore
import Synchronization

/// What a consumer needs of the framework while it lives; stays in the connection's task with it.
final class ConsumerRuntime {
    let channelLayer: any ChannelLayer
    var accepted = false
    /// The layer event that is being handled.
    var event: LayerEvent?

    /// The consumer's end of its channel, once it has been opened; `nil` again after the close.
    private(set) var inbox: Inbox?
    private var name: ChannelName?
    private var closed = false
    /// What timers and background tasks have brought; `nil` until there is one.
    private(set) var work: EventQueue<ConsumerWork>?
    private var children: [UInt64: Task<Void, Never>] = [:]
    private var lastChild: UInt64 = 0
    let filters: [any ConsumerFilter]
    private let budget: InboxBudget
    private let policy: OverflowPolicy
    private let outbox: (any Outbox)?

    init(scope: Scope, type: ChannelConsumer.Type) {
        channelLayer = scope.state.channelLayer(type.channelLayerAlias)
        budget = type.inboxBudget
        policy = type.overflowPolicy
        outbox = scope.connection.outbox
        filters = type.filters
    }

    /// Starts a child task, which is given the queue to bring work back by.
    func start(_ body: @escaping @Sendable (EventQueue<ConsumerWork>) async -> Void) -> ConsumerTask {
        let queue = work ?? EventQueue()
        work = queue
        lastChild += 1
        let number = lastChild
        let task = Task {
            await body(queue)
            queue.push(.finished(number))
        }
        if closed { task.cancel() }
        children[number] = task
        return ConsumerTask(task: task)
    }

    /// A child task has ended.
    func forget(_ child: UInt64) {
        children[child] = nil
    }

    /// Waits for the child tasks, which ``closeInbox()`` has cancelled; for at most 10 s, since a task may ignore that.
    func endChildren(of consumer: ChannelConsumer) async {
        guard !children.isEmpty else { return }
        let tasks = Array(children.values)
        children = [:]
        let scope = consumer.scope
        guard await !Self.end(tasks, scope.connection.clock) else { return }
        scope.logger.warning(
            "background work of a consumer goes on though it was cancelled",
            metadata: ["consumer": "\(type(of: consumer))", "path": "\(scope.path)"])
    }

    /// - Returns: whether all of them ended in time.
    private static func end(_ tasks: [Task<Void, Never>], _ clock: any TimeSource) async -> Bool {
        let waker = Waker()
        let ended = Atomic<Bool>(false)
        Task {
            for task in tasks { await task.value }
            ended.store(true, ordering: .relaxed)
            waker.wake()
        }
        let limit = Task {
            try await clock.sleep(for: .seconds(10))
            waker.wake()
        }
        await waker.wait()
        limit.cancel()
        return ended.load(ordering: .relaxed)
    }

    /// The channel's name. The channel is opened on the first use: consumers without groups pay nothing for it.
    ///
    /// The name stays after the end, so that a `disconnect` that leaves its groups itself, as in Channels, does no harm.
    var channelName: ChannelName {
        if let name { return name }
        guard let opened = try? channelLayer.open(prefix: "specific", budget: budget, policy: policy, outbox: outbox)
        else { return ChannelName(rawValue: "") }
        name = opened.name
        if closed {
            channelLayer.close(opened)
        } else {
            inbox = opened
            // The peer may go while a handler runs; the memberships go with it, not after the handler.
            outbox?.onEnd { [channelLayer] in channelLayer.close(opened) }
        }
        return opened.name
    }

    /// Whether the channel was opened and has ended, with the peer or by a close.
    var isChannelClosed: Bool { inbox?.isClosed ?? (closed && name != nil) }

    /// Leaves all groups, takes no more events, and cancels timers and background tasks.
    func closeInbox() {
        closed = true
        for task in children.values { task.cancel() }
        guard let inbox else { return }
        channelLayer.close(inbox)
        self.inbox = nil
    }
}
