// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// How the channel layers are used: what else would stand in their URLs.
struct LabLayerOptions: ParsableArguments, Sendable {
    enum Wire: String, ExpressibleByArgument, CaseIterable, Sendable {
        case pubsub
    }

    @Option(help: "How events travel by Redis: pubsub, as in channels_redis' pub/sub layer.")
    var layerWire = Wire.pubsub

    @Option(help: "SIZE,SECONDS: events that each group remembers, and how long. Default: none.")
    var layerHistory: String?

    @Option(help: "What the names of channels and keys in Redis begin with (default asgi).")
    var layerPrefix: String?

    @Option(help: "Events that a named queue holds (default 100).")
    var layerCapacity: Int?

    @Option(help: "Seconds that an event may wait in a named queue (default 60).")
    var layerExpiry: Int?

    @Option(help: "What becomes of events while Redis is away: fail, wait,SECONDS or queue,SECONDS.")
    var layerDown = "queue,30"

    /// A layer's URL with these settings behind it, as far as it has them.
    func applied(to url: String) -> String {
        var settings: [String] = []
        if let layerHistory { settings.append("history=\(layerHistory)") }
        if !url.hasPrefix("memory:") {
            settings.append("down=\(layerDown)")
            if let layerPrefix { settings.append("prefix=\(layerPrefix)") }
            if let layerCapacity { settings.append("capacity=\(layerCapacity)") }
            if let layerExpiry { settings.append("expiry=\(layerExpiry)") }
        }
        guard !settings.isEmpty else { return url }
        return url + (url.contains("?") ? "&" : "?") + settings.joined(separator: "&")
    }
}
