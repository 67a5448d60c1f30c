// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sluice
import Synchronization

/// What can be turned on a Lab beside the listeners.
struct LabOptions: ParsableArguments, Sendable {
    enum Overflow: String, ExpressibleByArgument, CaseIterable, Sendable {
        case disconnect
        case dropOldest = "drop-oldest"
        case dropNewest = "drop-newest"
        case coalesce, wait
    }

    enum Host: String, ExpressibleByArgument, CaseIterable, Sendable {
        case own, nio
        #if Hummingbird
        case hummingbird
        #endif
    }

    @Option(help: "Whose server carries the application: \(Host.allCases.map(\.rawValue).joined(separator: ", ")).")
    var server = Host.own

    @Option(help: "Channel layer: memory:, redis://…, rediss://… or unix:PATH; ALIAS=URL; repeatable.")
    var channelLayer: [String] = []

    @OptionGroup var layer: LabLayerOptions

    @Option(help: "Largest WebSocket message, in bytes; 0: no limit.")
    var maxMessageSize = 1 << 20

    @Option(help: "Largest WebSocket frame, in bytes; 0: no limit.")
    var maxFrameSize = 1 << 20

    @Flag(help: "Never negotiate permessage-deflate.")
    var noDeflate = false

    @Option(help: "Origin that WebSockets may come from; repeatable, default all.")
    var allowedOrigin: [String] = []

    @Option(help: "Seconds without a word until a client is pinged; 0: never.")
    var pingInterval: UInt32 = 20

    @Option(help: "Seconds until a ping must be answered.")
    var pingTimeout: UInt32 = 30

    @Option(help: "Bytes that may wait between the layer and one consumer.")
    var inboxBytes = 8 << 20

    @Option(help: "Bytes that may wait for a client that does not read.")
    var outboxBytes = 1 << 20

    @Option(
        help:
            "What becomes of events for a client that does not read: disconnect, drop-oldest, drop-newest, coalesce or wait."
    )
    var overflow = Overflow.disconnect

    @Option(help: "Open connections; over it 503. Default: what the limit of descriptors leaves.")
    var maxConnections: Int?

    @Option(help: "Open connections of one address; 0: any number.")
    var maxConnectionsPerAddress = 0

    @Option(help: "New connections a second of one address; 0: any number.")
    var connectRate = 0

    @Option(help: "Messages a second of one WebSocket, over it close 1008; 0: any number.")
    var messageRate: UInt32 = 0

    @Option(help: "Bytes that all connections may hold together; 0: any number.")
    var heldBytes = 512 << 20

    func validate() throws {
        guard maxMessageSize >= 0, maxFrameSize >= 0, inboxBytes > 0, outboxBytes > 1 else {
            throw ValidationError("sizes are not negative")
        }
        do {
            _ = try channelLayers()
        } catch {
            throw ValidationError(error.description)
        }
    }

    func configuration(_ server: ServerOptions) throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        try server.apply(to: &configuration)
        #if HTTP2
        configuration.http2.priorKnowledge = true
        #endif
        configuration.outboxBytes = outboxBytes
        configuration.connections.total = maxConnections
        configuration.connections.perAddress = maxConnectionsPerAddress
        configuration.connections.connectRate = connectRate
        configuration.connections.bytes = heldBytes
        configuration.webSocket.messageRate = messageRate
        configuration.webSocket.maxMessageSize = maxMessageSize
        configuration.webSocket.maxFrameSize = maxFrameSize
        configuration.webSocket.pingInterval = pingInterval
        configuration.webSocket.pingTimeout = pingTimeout
        if noDeflate { configuration.webSocket.deflate = nil }
        return configuration
    }

    func channelLayers() throws(SettingError) -> ChannelLayerSettings {
        var settings = try ChannelLayerSettings(channelLayer)
        settings.urls = settings.urls.mapValues(layer.applied)
        return settings
    }

    enum Key: LifespanStateKey {
        static let defaultValue: LabOptions? = nil
    }

    /// What the consumers' classes are made with: set once, before anything is served.
    static let budget = Mutex((bytes: 8 << 20, policy: OverflowPolicy.disconnect))

    func apply() {
        let policy: OverflowPolicy =
            switch overflow {
            case .disconnect: .disconnect
            case .dropOldest: .dropOldest
            case .dropNewest: .dropNewest
            case .coalesce: .coalesce
            case .wait: .wait
            }
        Self.budget.withLock { $0 = (inboxBytes, policy) }
    }
}
