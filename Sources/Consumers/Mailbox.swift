// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceCore

/// What a consumer's task finds next.
enum MailboxEvent {
    case socket(WebSocket.Inbound)
    case inbox(InboxEvent)
    case cancelled
}

/// Waits for a consumer's two sources, its socket and its channel, on one continuation; neither starves.
///
/// Events are taken one at a time, when the consumer is ready for them: what is not taken stops the socket being read
/// and counts against the inbox's budget.
struct Mailbox {
    let socket: any EventSource<WebSocket.Inbound>
    let waker: Waker
    // A server's own queue, unless middleware stands before it: called without a witness, so that the generic code is
    // specialized. The witness of a generic class looks up its type's metadata at every call.
    private let queue: EventQueue<WebSocket.Inbound>?
    private var inboxTurn = false

    init(socket: any EventSource<WebSocket.Inbound>, waker: Waker) {
        self.socket = socket
        self.waker = waker
        queue = socket as? EventQueue<WebSocket.Inbound>
    }

    mutating func next(_ inbox: Inbox?) async -> MailboxEvent {
        while true {
            // Before the events: a source that is never empty must not keep a cancelled consumer alive.
            if Task.isCancelled { return .cancelled }
            if inboxTurn, let event = inbox?.poll() {
                inboxTurn = false
                return .inbox(event)
            }
            if let event = pollSocket() {
                inboxTurn = true
                return .socket(event)
            }
            if let event = inbox?.poll() {
                inboxTurn = false
                return .inbox(event)
            }
            if armSocket(), inbox?.arm(waker) ?? true { await waker.wait() }
        }
    }

    private func pollSocket() -> WebSocket.Inbound? {
        if let queue { queue.poll() } else { socket.poll() }
    }

    private func armSocket() -> Bool {
        if let queue { queue.arm(waker) } else { socket.arm(waker) }
    }
}
