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
    private var inboxTurn = false

    init(socket: any EventSource<WebSocket.Inbound>, waker: Waker) {
        self.socket = socket
        self.waker = waker
    }

    mutating func next(_ inbox: Inbox?) async -> MailboxEvent {
        while true {
            // Before the events: a source that is never empty must not keep a cancelled consumer alive.
            if Task.isCancelled { return .cancelled }
            if inboxTurn, let event = inbox?.poll() {
                inboxTurn = false
                return .inbox(event)
            }
            if let event = socket.poll() {
                inboxTurn = true
                return .socket(event)
            }
            if let event = inbox?.poll() {
                inboxTurn = false
                return .inbox(event)
            }
            if socket.arm(waker), inbox?.arm(waker) ?? true { await waker.wait() }
        }
    }
}
