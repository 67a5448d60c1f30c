// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceCore

/// What a consumer needs of the framework while it lives; stays in the connection's task with it.
final class ConsumerRuntime {
    let channelLayer: any ChannelLayer
    var accepted = false

    /// The consumer's end of its channel, once it has been opened; `nil` again after the close.
    private(set) var inbox: Inbox?
    private var closed = false
    private let budget: InboxBudget
    private let policy: OverflowPolicy
    private let outbox: (any Outbox)?

    init(scope: Scope, type: Consumer.Type) {
        channelLayer = scope.state.channelLayer(type.channelLayerAlias)
        budget = type.inboxBudget
        policy = type.overflowPolicy
        outbox = scope.connection.outbox
    }

    /// Opens the channel on the first use: consumers without groups pay nothing for it.
    func openInbox() -> Inbox? {
        if let inbox { return inbox }
        guard !closed else { return nil }
        inbox = try? channelLayer.open(prefix: "specific", budget: budget, policy: policy, outbox: outbox)
        if let inbox {
            // The peer may go while a handler runs; the memberships go with it, not after the handler.
            outbox?.onEnd { [channelLayer] in channelLayer.close(inbox) }
        }
        return inbox
    }

    /// Leaves all groups and takes no more events.
    func closeInbox() {
        closed = true
        guard let inbox else { return }
        channelLayer.close(inbox)
        self.inbox = nil
    }
}
