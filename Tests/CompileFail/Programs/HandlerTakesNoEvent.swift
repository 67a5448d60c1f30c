// SPDX-License-Identifier: Apache-2.0

// Handlers are registered by reference, so their parameter decides which events they get; text is not an event.
import Sluice

final class Chat: Consumer {
    override class var handlers: [Handler] {
        // expect-error: requires that 'String' conform to 'ChannelEvent'
        [.on(Chat.said)]
    }

    func said(_ text: String) async throws {}
}
