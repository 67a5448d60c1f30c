// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceCore

/// What a consumer needs of the framework while it lives; stays in the connection's task with it.
final class ConsumerRuntime {
    let channelLayer: any ChannelLayer
    var accepted = false

    /// The consumer's end of its channel, once it has been opened; `nil` again after the close.
    private(set) var inbox: Inbox?
    private var name: ChannelName?
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

    /// Leaves all groups and takes no more events.
    func closeInbox() {
        closed = true
        guard let inbox else { return }
        channelLayer.close(inbox)
        self.inbox = nil
    }
}
