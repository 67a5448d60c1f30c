// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
public import SluiceCore

/// Which channel layers an application has: an URL for each alias (Django's `CHANNEL_LAYERS`).
public struct ChannelLayerSettings: Sendable, Hashable {
    /// URLs by alias; `memory:` under `default` where nothing else was said.
    public var urls = ["default": "memory:"]

    /// `memory:` alone.
    public init() {}

    /// From arguments as `--channel-layer` takes them: an URL for `default`, or `ALIAS=URL`.
    ///
    /// An alias has ASCII letters, digits, `-` and `_`, and does not begin with a digit.
    ///
    /// - Throws: ``SettingError`` for an alias that is none or comes twice, or an URL that is missing.
    public init(_ arguments: [String]) throws(SettingError) {
        urls.merge(try Self.urls(in: arguments)) { $1 }
    }

    /// Makes the layers, and puts them into a state.
    ///
    /// - Throws: ``SettingError`` that names the URL and the schemes there are; what a backend says of its own URL.
    public func makeLayers(_ registry: PluginRegistry, clock: any TimeSource, in state: inout LifespanState) throws {
        for (alias, url) in urls.sorted(by: { $0.key < $1.key }) {
            state.setChannelLayer(try registry.channelLayer(url, clock: clock), alias: alias)
        }
    }

    static func urls(in arguments: [String]) throws(SettingError) -> [String: String] {
        try AliasedURL.urls(in: arguments, of: "channel layer")
    }
}
