// SPDX-License-Identifier: Apache-2.0

public import SluiceChannelLayers
public import SluiceCore

#if Redis
import SluiceRedis
#endif

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
    /// events that would not survive a broker between processes fail at once; `history=SIZE,SECONDS` remembers events.
    public static let memory = ChannelLayerBackend(scheme: "memory") { url, clock in
        let settings =
            url.hasPrefix("memory:?") ? url.dropFirst(8).split(separator: "&") : url == "memory:" ? [] : ["?"]
        var (encodes, history) = (false, HistoryPolicy?.none)
        for setting in settings {
            let numbers = setting.dropFirst("history=".count).split(separator: ",").compactMap { Int($0) }
            if setting == "encode=always" {
                encodes = true
            } else if setting.hasPrefix("history="), numbers.count == 2, numbers.allSatisfy({ $0 > 0 }) {
                history = HistoryPolicy(size: numbers[0], seconds: numbers[1])
            } else {
                throw SettingError(
                    "the channel layer '\(url)' is not 'memory:', 'memory:?encode=always' or 'memory:?history=SIZE,SECONDS'"
                )
            }
        }
        return BrokeredChannelLayer(
            broker: InMemoryBroker(history: history, clock: clock), encodesEvents: encodes, clock: clock)
    }

    #if Redis
    /// `redis:`, `rediss:` and `unix:`, with the settings of `RedisConfiguration` behind a `?` (trait `Redis`).
    public static let redis = ["redis", "rediss", "unix"].map { scheme in
        ChannelLayerBackend(scheme: scheme) { url, clock in
            do {
                let broker = try RedisBroker(RedisConfiguration(url: url))
                return BrokeredChannelLayer(broker: broker, clock: clock)
            } catch {
                throw SettingError("\(error)")
            }
        }
    }
    #endif
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
        #if Redis
        let known = [ChannelLayerBackend.memory] + ChannelLayerBackend.redis
        #else
        let known = [ChannelLayerBackend.memory]
        #endif
        let backends = known + values(for: .channelLayerBackends)
        guard let backend = backends.first(where: { url.hasPrefix($0.scheme + ":") }) else {
            let known = backends.map { $0.scheme + ":" }.joined(separator: ", ")
            throw SettingError("no channel layer for '\(url)'; this executable has \(known)")
        }
        return try backend.make(url, clock)
    }
}
