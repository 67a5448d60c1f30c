// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceCore
public import SluiceWeb

extension HealthCheck {
    /// Whether the brokers of all channel layers answer; part of `serve`'s `/health/ready`.
    public static let channelLayers = HealthCheck("channel-layer") { state in
        let problems = state[ChannelLayers.self].sorted { $0.key < $1.key }.compactMap { alias, layer in
            if case .down(let reason) = layer.health { "\(alias): \(reason)" } else { nil }
        }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }
}
