// SPDX-License-Identifier: Apache-2.0

// In Channels a misspelt handler shows when the first event arrives; here it does not compile.
import Sluice

struct Said: ChannelEvent {
    static let type = "said"
    var text: String
}

final class Chat: Consumer {
    override class var handlers: [Handler] {
        // expect-error: type 'Chat' has no member 'siad'
        [.on(Chat.siad)]
    }

    func said(_ event: Said) async throws {}
}
