// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceTesting
import Testing

@Suite("The in-memory broker is a broker like every other", .timeLimit(.minutes(2)))
struct ConformanceTests {
    @Test("without a history", arguments: ChannelLayerConformance.checks)
    func plain(_ check: ChannelLayerConformance.Check) async throws {
        let broker = InMemoryBroker()
        try await check.run { BrokeredChannelLayer(broker: broker) }
    }

    @Test("with a history", arguments: ChannelLayerConformance.checks)
    func history(_ check: ChannelLayerConformance.Check) async throws {
        let broker = InMemoryBroker(history: HistoryPolicy(size: 200, seconds: 60))
        try await check.run { BrokeredChannelLayer(broker: broker) }
    }

    @Test("with every event through its wire form", arguments: ChannelLayerConformance.checks)
    func encoded(_ check: ChannelLayerConformance.Check) async throws {
        let broker = InMemoryBroker(history: HistoryPolicy(size: 100, seconds: 60))
        try await check.run { BrokeredChannelLayer(broker: broker, encodesEvents: true) }
    }
}
