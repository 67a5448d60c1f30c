// SPDX-License-Identifier: Apache-2.0

extension BrokeredChannelLayer {
    /// Notes a presence; the broker is told within 50 ms.
    public func track(
        _ group: GroupName, _ channel: ChannelName, key: String, metadata: [String: String] = [:]
    ) async throws {
        try group.validate()
        guard let inbox = hub.inbox(channel) else {
            throw LayerError(.noSuchChannel, "the channel '\(channel)' is not open in this process")
        }
        let size = metadata.reduce(key.utf8.count) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size <= 4_096 else {
            throw LayerError(.messageTooLarge, "the presence of '\(key.prefix(40))' has \(size) bytes, of at most 4096")
        }
        hub.presences.track(group, channel, key: key, metadata: metadata)
        // The channel may have been closed meanwhile; then nobody else would take it out.
        if inbox.isClosed { hub.presences.forget(channel) }
        try await followPresence(group)
    }

    /// Ends a presence.
    public func untrack(_ group: GroupName, _ channel: ChannelName) async throws {
        try group.validate()
        hub.presences.untrack(group, channel)
    }

    /// Who is in a group, in all processes. What this process has not told the broker yet is told first.
    public func presence(_ group: GroupName) async throws -> [PresenceEntry] {
        try group.validate()
        try await presencePublisher.flush()
        try await followPresence(group)
        return try await broker.presence(in: group)
    }

    /// Who tracks or asks is told of changes, if a member here.
    private func followPresence(_ group: GroupName) async throws {
        guard let subscriptions, hub.hasMembers(group) else { return }
        try await subscriptions.ensure(.presence(group))
    }
}
