// SPDX-License-Identifier: Apache-2.0

// Plain state, no lock and no actor; handlers of two events, one of them synchronous.
// expect-ok
import Sluice

struct Said: ChannelEvent {
    static let type = "said"
    var text: String
}

struct Left: ChannelEvent {
    static let type = "left"
}

final class Chat: Consumer {
    private var seen = 0

    override class var handlers: [Handler] {
        [.on(Chat.said), .on(Chat.left)]
    }

    func said(_ event: Said) async throws {
        seen += 1
        try await send(text: "\(seen) \(event.text)")
    }

    func left(_ event: Left) {
        seen += 1
    }
}

let router = URLRouter<WebSocket> {
    Route("/ws/chat/", Chat.init)
}
