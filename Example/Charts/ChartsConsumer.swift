// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The socket of the charts: sends them at once, and then when they have changed, at most once a second.
///
/// It looks instead of being told: a thousand messages a second cost it nothing, minutes that pass are changes too, and
/// a client that reads slowly gets the latest charts and not all that were.
final class ChartsConsumer: LiveConsumer {
    private static let pause = Duration.seconds(1)
    private var watching: Task<Void, any Error>?

    override func welcome() async throws {
        try await send(ChartsWelcomeFrame(user: user, heartbeatS: Heartbeat.interval))
        watching = Task { [scope, outbox] in try await ChartsConsumer.watch(scope, outbox) }
    }

    private static func watch(_ scope: Scope, _ outbox: Send<WebSocket>) async throws {
        var shown = 0
        while true {
            try await scope.chatRooms.catchUp()
            let charts = try scope.charts
            if charts.number != shown {
                try await outbox(.send(.text(ChartsFrame(bars: charts.bars, pie: charts.pie).json)))
                shown = charts.number
            }
            try await scope.connection.clock.sleep(for: pause)
        }
    }

    override func disconnect(code: WebSocketCloseCode) async throws {
        watching?.cancel()
        try await super.disconnect(code: code)
    }
}

/// Comes first.
struct ChartsWelcomeFrame: ServerFrame {
    let type = "welcome"
    var user: String
    /// Seconds between a client's pings.
    var heartbeatS: Int
}

/// Both charts as SVG; the page puts them in the place of those it has.
struct ChartsFrame: ServerFrame {
    let type = "charts"
    var bars: String
    var pie: String
}
