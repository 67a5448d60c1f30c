// SPDX-License-Identifier: Apache-2.0

extension BrokeredChannelLayer {
    /// Joins, and reads what was missed. What is sent meanwhile waits, so that nothing comes twice or out of order.
    public func groupAdd(
        _ group: GroupName, _ channel: ChannelName, since position: Position?
    ) async throws -> HistoryPage {
        guard capabilities.history else { throw LayerError(.unsupported, "this layer keeps no history") }
        try group.validate()
        try channel.validate()
        guard let inbox = hub.inbox(channel), hub.join(group, inbox, holding: true), let local = hub.group(group) else {
            throw LayerError(.noSuchChannel, "the channel '\(channel)' is not open in this process")
        }
        do {
            try await subscriptions?.ensure(.group(group))
            let page = try await history(group, since: position, limit: inbox.budget.events)
            let refused = local.release(inbox, after: page.position, expiry: expiry)
            if refused > 0 { inbox.miss(refused) }
            return page
        } catch {
            if hub.leave(group, inbox) { subscriptions?.release([group]) }
            throw error
        }
    }

    /// Reads by the broker.
    public func history(_ group: GroupName, since position: Position?, limit: Int) async throws -> HistoryPage {
        try group.validate()
        return try await broker.history(of: group, since: position, limit: limit)
    }
}
