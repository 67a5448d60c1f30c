// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceRedis
import SluiceTesting
import Testing

import class TestProcesses.RedisServer

@Suite(
    "A Redis server is a broker like every other", .enabled(if: RedisServer.isInstalled, RedisServer.reason),
    .timeLimit(.minutes(3)))
struct RedisConformanceTests {
    @Test("without a history", arguments: ChannelLayerConformance.checks)
    func plain(_ check: ChannelLayerConformance.Check) async throws {
        let server = try await RedisServer.shared.value
        try await check.run { try layer(server.url + "?prefix=plain&down=wait,30") }
    }

    @Test("with a history, over a unix socket", arguments: ChannelLayerConformance.checks)
    func history(_ check: ChannelLayerConformance.Check) async throws {
        let server = try await RedisServer.shared.value
        try await check.run { try layer("unix:\(server.socket)?prefix=history&history=200,60&down=wait,30") }
    }
}

/// The layer of one more process.
func layer(_ url: String) throws -> BrokeredChannelLayer {
    BrokeredChannelLayer(broker: try RedisBroker(RedisConfiguration(url: url)))
}
