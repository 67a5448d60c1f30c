// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// Stands where no layer is configured: every use throws and says so (Channels' `InvalidChannelLayerError`).
struct MissingChannelLayer: ChannelLayer {
    let alias: String

    private var error: LayerError {
        LayerError(.noLayer, "no channel layer is configured under the alias '\(alias)'")
    }

    var capabilities: LayerCapabilities {
        LayerCapabilities(
            delivery: .atMostOnce, order: .perSender, maxEventBytes: 0, crossProcess: false, history: false)
    }
    var health: LayerHealth { .down(reason: error.description) }
    var healthChanges: AsyncStream<LayerHealth> { AsyncStream { $0.finish() } }
    var statistics: LayerStatistics { LayerStatistics() }

    func open(
        prefix: String, budget: InboxBudget, policy: OverflowPolicy, outbox: (any Outbox)?
    ) throws(LayerError) -> Inbox { throw error }
    func close(_ inbox: Inbox) {}
    func send(_ event: LayerEvent, to channel: ChannelName) async throws -> Receipt { throw error }
    func receive(_ channel: ChannelName) async throws -> LayerEvent { throw error }
    func take(from queue: ChannelName, lease: Duration?) async throws -> QueueDelivery { throw error }
    func settle(_ delivery: QueueDelivery, of queue: ChannelName, as outcome: QueueOutcome) async throws -> Bool {
        throw error
    }
    func newChannel(prefix: String) async throws -> ChannelName { throw error }
    func closeChannel(_ channel: ChannelName) async throws { throw error }
    func groupAdd(_ group: GroupName, _ channel: ChannelName) async throws { throw error }
    func groupDiscard(_ group: GroupName, _ channel: ChannelName) async throws { throw error }
    func groupAdd(
        _ group: GroupName, _ channel: ChannelName, since position: Position?
    ) async throws -> HistoryPage { throw error }
    func history(_ group: GroupName, since position: Position?, limit: Int) async throws -> HistoryPage { throw error }
    func groupSend(_ group: GroupName, _ event: LayerEvent, options: PublishOptions) async throws -> Receipt {
        throw error
    }
    func publish(_ group: GroupName, _ event: LayerEvent, excluding: ChannelName?) throws -> Receipt { throw error }
    func track(
        _ group: GroupName, _ channel: ChannelName, key: String, metadata: [String: String]
    ) async throws { throw error }
    func untrack(_ group: GroupName, _ channel: ChannelName) async throws { throw error }
    func presence(_ group: GroupName) async throws -> [PresenceEntry] { throw error }
    func flush() async throws { throw error }
    func shutdown() async {}
}
