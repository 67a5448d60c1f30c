// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SluiceChannelLayers
import SluiceCore
import Testing

@testable import SluiceCommands

private struct Tick: ChannelEvent {
    static let type = "test.tick"
}

/// Contributes a kind of layer that can be made with options, and one whose making fails.
private struct Backends: Plugin {
    let name = "backends"

    struct Broken: Error, CustomStringConvertible {
        var description: String { "the driver is missing its library" }
    }

    func contribute(to contributions: inout Contributions) {
        contributions.add(
            ChannelLayerBackend(scheme: "short") { url, clock in
                let capacity = Int(url.dropFirst("short:".count)) ?? 0
                return BrokeredChannelLayer(broker: InMemoryBroker(capacity: capacity, clock: clock), clock: clock)
            }, to: .channelLayerBackends)
        contributions.add(
            ChannelLayerBackend(scheme: "broken") { _, _ in throw Backends.Broken() }, to: .channelLayerBackends)
    }
}

private struct Site: SluiceApplication {
    var plugins: [any Plugin] { [Backends()] }
    var channelLayers: [String: String] { ["default": "short:1", "cache": "short:2"] }
}

@Suite("Channel layers by alias")
struct ChannelLayerSettingsTests {
    private func layers(_ arguments: [String]) throws -> LifespanState {
        var state = LifespanState()
        try ChannelLayerSettings(arguments).makeLayers(
            try PluginRegistry([Backends()]), clock: SystemTime(), in: &state)
        return state
    }

    /// How many events a named channel of the layer holds.
    private func capacity(_ layer: any ChannelLayer) async throws -> Int {
        for count in 0..<200 {
            do {
                try await layer.send(Tick(), to: "probe")
            } catch let error as LayerError where error.code == .channelFull {
                return count
            }
        }
        return 200
    }

    @Test(
        "An URL is for the default alias, ALIAS=URL for another",
        arguments: [
            ([], ["default": "memory:"]),
            (["memory:"], ["default": "memory:"]),
            (["a=memory:"], ["default": "memory:", "a": "memory:"]),
            (["a-1_b=redis://h:1/2?x=y", "short:3"], ["default": "short:3", "a-1_b": "redis://h:1/2?x=y"]),
            (["default=short:3"], ["default": "short:3"]),
            (["memory:?encode=always"], ["default": "memory:?encode=always"]),
        ])
    func parsing(arguments: [String], urls: [String: String]) throws {
        #expect(try ChannelLayerSettings(arguments).urls == urls)
    }

    @Test(
        "What is neither is refused",
        arguments: [
            [""], ["=memory:"], ["a="], ["1a=memory:"], ["a b=memory:"], ["聊=memory:"], ["a=memory:", "a=short:"],
            ["memory:", "default=memory:"],
        ])
    func refused(arguments: [String]) {
        #expect(throws: SettingError.self) { try ChannelLayerSettings(arguments) }
    }

    @Test("test_layers.py::test_config_instance: each alias has a layer of its own, with its options")
    func options() async throws {
        let state = try layers(["short:3", "other=short:5"])
        #expect(try await capacity(state.channelLayer()) == 3)
        #expect(try await capacity(state.channelLayer("other")) == 5)
    }

    @Test("test_layers.py::test_config_error: an unknown scheme is a configuration error that names URL and schemes")
    func unknownScheme() throws {
        let error = #expect(throws: SettingError.self) { try layers(["other=pigeon:loft"]) }
        #if Redis
        let known = "memory:, redis:, rediss:, unix:, short:, broken:"
        #else
        let known = "memory:, short:, broken:"
        #endif
        #expect(error?.description == "no channel layer for 'pigeon:loft'; this executable has \(known)")
        #expect(throws: SettingError.self) { try layers(["memory:7"]) }
    }

    @Test("test_layers.py::test_backend_import_error_not_hidden: a backend's own error comes through as it is")
    func backendError() {
        #expect(throws: Backends.Broken.self) { try layers(["broken:"]) }
    }

    @Test("test_layers.py::test_override_settings: a layer that is set anew is what comes on the next use")
    func replaced() async throws {
        var state = try layers(["short:3"])
        #expect(try await capacity(state.channelLayer()) == 3)
        state.setChannelLayer(BrokeredChannelLayer(broker: InMemoryBroker(capacity: 7)))
        #expect(try await capacity(state.channelLayer()) == 7)
    }

    @Test("The command line stands over the application's own layers, and adds others")
    func precedence() async throws {
        let site = try SiteOptions.parse(["--secret-file", "/dev/null", "--channel-layer", "cache=short:9"])
        #expect(
            try site.channelLayers(over: Site().channelLayers).urls == ["default": "short:1", "cache": "short:9"])
        let more = try SiteOptions.parse(["--channel-layer", "memory:", "--channel-layer", "new=short:4"])
        #expect(
            try more.channelLayers(over: Site().channelLayers).urls
                == ["default": "memory:", "cache": "short:2", "new": "short:4"])
        #expect(throws: (any Error).self) { try SiteOptions.parse(["--channel-layer", "=x"]) }
    }

    @Test("Layers of different aliases share no groups")
    func apart() async throws {
        let state = try layers(["memory:", "other=memory:"])
        let inbox = try state.channelLayer("other").open(
            prefix: "specific", budget: InboxBudget(), policy: .disconnect, outbox: nil)
        try await state.channelLayer("other").groupAdd("g", inbox.name)
        #expect(try await state.channelLayer().groupSend("g", Tick()).accepted == 0)
        #expect(try await state.channelLayer("other").groupSend("g", Tick()).accepted == 1)
    }
}
