// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceCore

/// What a consumer's task finds next.
enum MailboxEvent<Inbound: Sendable> {
    case socket(Inbound)
    case inbox(InboxEvent)
    case work(ConsumerWork)
    case cancelled
}

/// Waits for a consumer's sources on one continuation: its socket and its channel, in turns so that neither starves, and
/// then what its timers and background work bring.
///
/// Events are taken one at a time, when the consumer is ready for them: what is not taken stops the socket being read
/// and counts against the inbox's budget.
struct Mailbox<Inbound: Sendable> {
    let socket: any EventSource<Inbound>
    let waker: Waker
    // A server's own queue, unless middleware stands before it: called without a witness, so that the generic code is
    // specialized. The witness of a generic class looks up its type's metadata at every call.
    private let queue: EventQueue<Inbound>?
    private var turn = 2

    init(socket: any EventSource<Inbound>, waker: Waker) {
        self.socket = socket
        self.waker = waker
        queue = socket as? EventQueue<Inbound>
    }

    /// Waits for the next event.
    mutating func next(_ inbox: Inbox?, _ work: EventQueue<ConsumerWork>?) async -> MailboxEvent<Inbound> {
        while true {
            if let event = poll(inbox, work) { return event }
            if arm(inbox, work) { await waker.wait() }
        }
    }

    /// Takes the next event, if there is one.
    mutating func poll(_ inbox: Inbox?, _ work: EventQueue<ConsumerWork>?) -> MailboxEvent<Inbound>? {
        // Before the events: a source that is never empty must not keep a cancelled consumer alive.
        if Task.isCancelled { return .cancelled }
        for _ in 0..<3 {
            turn = turn == 2 ? 0 : turn + 1
            switch turn {
            case 0: if let event = pollSocket() { return .socket(event) }
            case 1: if let event = inbox?.poll() { return .inbox(event) }
            default: if let event = work?.poll() { return .work(event) }
            }
        }
        return nil
    }

    /// Asks every source for a wake-up; `false` when one has an event already.
    func arm(_ inbox: Inbox?, _ work: EventQueue<ConsumerWork>?) -> Bool {
        armSocket() && inbox?.arm(waker) ?? true && work?.arm(waker) ?? true
    }

    private func pollSocket() -> Inbound? {
        if let queue { queue.poll() } else { socket.poll() }
    }

    private func armSocket() -> Bool {
        if let queue { queue.arm(waker) } else { socket.arm(waker) }
    }
}
