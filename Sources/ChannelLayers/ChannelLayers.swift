// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// The channel layers of an application by alias (Django's `CHANNEL_LAYERS`), part of the lifespan state.
public struct ChannelLayers: LifespanStateKey {
    /// No layer.
    public static let defaultValue: [String: any ChannelLayer] = [:]
}

extension LifespanState {
    /// The layer under an alias (Channels' `get_channel_layer`).
    ///
    /// Where none is configured, a layer comes that throws ``LayerError`` with `noLayer` on every use.
    public func channelLayer(_ alias: String = "default") -> any ChannelLayer {
        self[ChannelLayers.self][alias] ?? MissingChannelLayer(alias: alias)
    }

    /// Puts a layer under an alias.
    public mutating func setChannelLayer(_ layer: any ChannelLayer, alias: String = "default") {
        self[ChannelLayers.self][alias] = layer
    }
}
