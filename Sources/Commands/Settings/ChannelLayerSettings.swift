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
        var urls: [String: String] = [:]
        for argument in arguments {
            let (alias, url) = try parse(argument)
            guard urls.updateValue(url, forKey: alias) == nil else {
                throw SettingError("there are two channel layers under the alias '\(alias)'")
            }
        }
        return urls
    }

    private static func parse(_ argument: String) throws(SettingError) -> (alias: String, url: String) {
        // The first part of an URL ends with a colon, so no URL looks like an alias.
        guard let mark = argument.firstIndex(of: "="), !argument[..<mark].contains(":") else {
            if argument.isEmpty { throw SettingError("a channel layer's URL is empty") }
            return ("default", argument)
        }
        let (alias, url) = (String(argument[..<mark]), String(argument[argument.index(after: mark)...]))
        let isName = alias.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName, let first = alias.first, !first.isNumber, !url.isEmpty else {
            throw SettingError("the channel layer '\(argument)' is neither an URL nor ALIAS=URL")
        }
        return (alias, url)
    }
}
