// SPDX-License-Identifier: Apache-2.0

public import SluiceChannelLayers
public import SluiceCore

/// A kind of channel layer that `--channel-layer` can name by its URL's scheme; plug-ins contribute their own.
public struct ChannelLayerBackend: Sendable {
    /// The scheme, such as `redis`.
    public let scheme: String
    /// Makes a layer from the whole URL, or says in one line why not.
    public let make: @Sendable (_ url: String, _ clock: any TimeSource) throws -> any ChannelLayer

    /// A backend.
    public init(
        scheme: String, make: @escaping @Sendable (_ url: String, _ clock: any TimeSource) throws -> any ChannelLayer
    ) {
        self.scheme = scheme
        self.make = make
    }

    /// `memory:`: the layer of a single process. `memory:?encode=always` passes every event through its wire form, so that
    /// events that would not survive a broker between processes fail at once.
    public static let memory = ChannelLayerBackend(scheme: "memory") { url, clock in
        guard ["memory:", "memory:?encode=always"].contains(url) else {
            throw SettingError("the channel layer '\(url)' is neither 'memory:' nor 'memory:?encode=always'")
        }
        return BrokeredChannelLayer(
            broker: InMemoryBroker(clock: clock), encodesEvents: url != "memory:", clock: clock)
    }
}

extension ContributionKey where Value == ChannelLayerBackend {
    /// Kinds of channel layers, by scheme.
    public static var channelLayerBackends: Self { Self("channel layer backend") { $0.scheme } }
}

extension PluginRegistry {
    /// Makes the layer that a URL names.
    ///
    /// - Throws: ``SettingError`` that names the URL and the schemes there are.
    func channelLayer(_ url: String, clock: any TimeSource) throws -> any ChannelLayer {
        let backends = [ChannelLayerBackend.memory] + values(for: .channelLayerBackends)
        guard let backend = backends.first(where: { url.hasPrefix($0.scheme + ":") }) else {
            let known = backends.map { $0.scheme + ":" }.joined(separator: ", ")
            throw SettingError("no channel layer for '\(url)'; this executable has \(known)")
        }
        return try backend.make(url, clock)
    }
}
